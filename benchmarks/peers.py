"""The peers: what a good data scientist would fit on the same rows, with settings that were fixed before any was run.

None of them sees the label of a row that it predicts: `fit_predict` is not given them. Numbers are columns of a numeric
type, all others are categories; the words of a category are those of the training rows.
"""

import warnings
from collections.abc import Callable, Mapping
from importlib.metadata import version
from importlib.util import find_spec

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegressionCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

Doubles = NDArray[np.float64]
SEED = 7
REGULARISED = {
    "n_estimators": 300,
    "learning_rate": 0.03,
    "num_leaves": 15,
    "min_child_samples": 100,
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.8,
}
MISSING = "?"


def split_kinds(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """The columns that are numbers, and those that are categories."""
    numbers = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name])]
    return numbers, [name for name in frame if name not in numbers]


def fit_logistic(train: pd.DataFrame, label: Doubles, test: pd.DataFrame) -> Doubles:
    """Logistic regression, L2, C by 5-fold cross-validated log loss; one-hot categories, standardised numbers."""
    numbers, categories = split_kinds(train)
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore", min_frequency=20), categories),
    )
    model = LogisticRegressionCV(Cs=np.logspace(-3, 1, 9), cv=5, scoring="neg_log_loss", max_iter=2000)
    pipeline = make_pipeline(columns, model)
    return pipeline.fit(_as_text(train), label).predict_proba(_as_text(test))[:, 1]


def fit_trees(model: object, train: pd.DataFrame, label: Doubles, test: pd.DataFrame) -> Doubles:
    """Any model of trees that takes pandas categories."""
    words = {name: _words(train[name]) for name in split_kinds(train)[1]}
    learn, judge = (_as_categories(frame, words) for frame in (train, test))
    return model.fit(learn, label).predict_proba(judge)[:, 1]


def fit_lightgbm(train: pd.DataFrame, label: Doubles, test: pd.DataFrame, **settings: float) -> Doubles:
    model = lightgbm.LGBMClassifier(verbose=-1, n_jobs=1, random_state=SEED, **settings)
    return fit_trees(model, train, label, test)


def fit_regularised(train: pd.DataFrame, label: Doubles, test: pd.DataFrame) -> Doubles:
    return fit_lightgbm(train, label, test, **REGULARISED)


def fit_histogram(train: pd.DataFrame, label: Doubles, test: pd.DataFrame) -> Doubles:
    model = HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=SEED)
    return fit_trees(model, train, label, test)


def fit_xgboost(train: pd.DataFrame, label: Doubles, test: pd.DataFrame) -> Doubles:
    import xgboost

    model = xgboost.XGBClassifier(enable_categorical=True, n_jobs=1, random_state=SEED)
    return fit_trees(model, train, label, test)


# Name → the distribution whose version counts, and the fit.
PEERS: Mapping[str, tuple[str, Callable[..., Doubles]]] = {
    "logistic, C by CV": ("scikit-learn", fit_logistic),
    "LightGBM default": ("lightgbm", fit_lightgbm),
    "LightGBM reg.": ("lightgbm", fit_regularised),
    "HistGradientBoosting": ("scikit-learn", fit_histogram),
    "XGBoost default": ("xgboost", fit_xgboost),
}


def installed_peers() -> dict[str, str]:
    """The peers that can be fitted here, each with the version of what it is made of."""
    here = {name: made_of for name, (made_of, _) in PEERS.items() if find_spec(made_of.replace("scikit-", "sk"))}
    return {name: _version(made_of) for name, made_of in here.items()}


def fit_predict(peer: str, train: pd.DataFrame, label: Doubles, test: pd.DataFrame) -> Doubles:
    """The chances that a peer gives the test rows; one per row, same order."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(PEERS[peer][1](train, label, test), np.float64)


def _version(made_of: str) -> str:
    # XGBoost is published twice, with and without what it needs for graphics processors.
    name = "xgboost-cpu" if made_of == "xgboost" and find_spec("xgboost") and not _published("xgboost") else made_of
    return f"{made_of} {version(name)}"


def _published(name: str) -> bool:
    try:
        version(name)
    except ModuleNotFoundError:
        return False
    return True


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its categories as plain text, the missing ones as a word of their own."""
    categories = split_kinds(frame)[1]
    return frame.assign(**{name: frame[name].astype(object).fillna(MISSING).astype(str) for name in categories})


def _words(column: pd.Series) -> list[str]:
    return sorted(column.astype(object).fillna(MISSING).astype(str).unique())


def _as_categories(frame: pd.DataFrame, words: Mapping[str, list[str]]) -> pd.DataFrame:
    text = _as_text(frame)
    return text.assign(**{name: pd.Categorical(text[name], categories=known) for name, known in words.items()})
