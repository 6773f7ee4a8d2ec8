"""Reasons: why a voter's score is what it is, by topic, as contributions and in plain words.

Contributions are relative to the average voter of a reference, a sample of the file. A topic's words are not those of
the feature that got most of the contribution, which is a matter of chance among features that say the same thing. They
are those that go along with such contributions: of all that could be said of the voter on the topic, what is said of
reference voters with the most of it. So words never point the other way than the topic does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from features.area import TOPIC as NEIGHBOURHOOD
from features.feature import Feature
from features.words import Words
from models.calibration import to_logit
from models.contributions import add_members, make_whole
from models.model import PropensityModel
from models.training_set import Doubles

Reader = Literal["analyst", "volunteer"]
Texts = NDArray[np.object_]

DECIMALS = 6  # what two machines' last bits differ in must not decide what is said
PRIOR = 20.0  # reference voters of no effect, so that words said of few weigh little


@dataclass(frozen=True)
class Saying:
    """What a feature says: its words, and the mean contribution of its topic where the reference says each of them."""

    feature: str
    topic: int
    words: Words
    effect: Doubles


@dataclass(frozen=True)
class Learned:
    """What a model learned of a topic: the mean size of its contributions, and what goes along with more and less."""

    topic: str
    importance: float
    raises: str
    lowers: str


@dataclass(frozen=True)
class Explained:
    """Of each voter the logit of the score and each topic's part of its difference to the average voter's, `base`.

    `parts` has shape (voters, topics); `base` plus the sum of a voter's parts is the voter's logit.
    """

    topics: tuple[str, ...]
    base: float
    logit: Doubles
    parts: Doubles

    @property
    def scores(self) -> Doubles:
        return np.asarray(expit(self.logit))

    @property
    def points(self) -> Doubles:
        """How many points of 100 the score is above what it would be with a topic as the average voter has it."""
        return np.asarray(100 * (self.scores[:, None] - expit(self.logit[:, None] - self.parts)))


@dataclass(frozen=True)
class Explainer:
    """Explains the scores of one model against a reference; made by `learn_explainer`."""

    model: PropensityModel
    topic_of: Mapping[str, str]
    topics: tuple[str, ...]
    base: float
    centre: Doubles
    sayings: tuple[Saying, ...]
    importance: Doubles

    def explain(self, features: pd.DataFrame, by: Doubles | float = 0.0, p: Doubles | None = None) -> Explained:
        """The contributions to these voters' scores; `features` and `by` as the model predicts from.

        `p` is what it predicts, where that is known already. How far the level of a voter's area is from the common
        one is the neighbourhood's.
        """
        mixed = add_members(self.model, features, self.topic_of, self.topics)
        logit = to_logit(self.model.predict(features, by) if p is None else p)
        parts = make_whole(mixed - self.centre, logit - by - self.base)
        parts[:, np.array(self.topics) == NEIGHBOURHOOD] += np.broadcast_to(by, len(features))[:, None]
        return Explained(self.topics, self.base, logit, parts)

    def say(self, features: pd.DataFrame, explained: Explained, reader: Reader) -> Texts:
        """The words of each topic for each voter, "" where there is nothing to say; shape (voters, topics)."""
        strongest = np.zeros(explained.parts.shape)
        number = np.zeros(explained.parts.shape, np.int64)
        texts = [""]
        for saying in self.sayings:
            said = saying.words.texts(aloud=reader == "volunteer")
            place = saying.words.place(features[saying.feature].to_numpy(np.float64))
            effect = np.where(np.array(said) == "", 0.0, saying.effect)[place]
            towards = effect * np.sign(explained.parts[:, saying.topic])
            better = towards > strongest[:, saying.topic]
            strongest[better, saying.topic] = towards[better]
            number[better, saying.topic] = len(texts) + place[better]
            texts.extend(said)
        return np.array(texts, object)[number]

    def learned(self) -> tuple[Learned, ...]:
        """What the model learned of each topic, the most important first; topics without any say are left out."""
        order = np.argsort(-self.importance, kind="stable")
        return tuple(self._learned(int(topic)) for topic in order if self.importance[topic] > 0)

    def _learned(self, topic: int) -> Learned:
        effects = [(0.0, "")]
        for saying in (one for one in self.sayings if one.topic == topic):
            texts = saying.words.texts(aloud=False)
            effects += [(float(effect), text) for effect, text in zip(saying.effect, texts, strict=True) if text]
        ordered = sorted(effects)
        return Learned(self.topics[topic], float(self.importance[topic]), ordered[-1][1], ordered[0][1])


def learn_explainer(model: PropensityModel, reference: pd.DataFrame, features: Sequence[Feature]) -> Explainer:
    """An explainer of the model against the average of the `reference`, its features; at least one voter.

    `features` are the declarations of the model's columns. Raises KeyError when one of them is missing.
    """
    declared = {feature.name: feature for feature in features}
    topic_of = {name: declared[name].topic for name in model.columns}
    topics = tuple(dict.fromkeys(topic_of.values()))
    mixed = add_members(model, reference, topic_of, topics)
    logit = to_logit(model.predict(reference))
    centre, base = mixed.mean(axis=0), float(logit.mean())
    parts = make_whole(mixed - centre, logit - base)
    sayings = tuple(
        _learn_saying(declared[name], topics.index(topic), reference, model.vocabulary, parts)
        for name, topic in topic_of.items()
    )
    return Explainer(model, topic_of, topics, base, centre, sayings, np.abs(parts).mean(axis=0))


def _learn_saying(
    feature: Feature,
    topic: int,
    reference: pd.DataFrame,
    vocabulary: Mapping[str, tuple[str, ...]],
    parts: Doubles,
) -> Saying:
    values = reference[feature.name].to_numpy(np.float64)
    words = feature.says.spell(feature.name, vocabulary, values)
    place, count = words.place(values), len(words.said) + 1
    sums = np.bincount(place, weights=parts[:, topic], minlength=count)
    effect = sums / (np.bincount(place, minlength=count) + PRIOR)
    return Saying(feature.name, topic, words, np.asarray(np.round(effect, DECIMALS)))


def strongest_reasons(parts: Doubles, texts: Texts, towards: NDArray[np.int8], count: int, weakest: float) -> Texts:
    """The words of each voter's `count` strongest topics, the strongest first, "" for none; shape (voters, count).

    `towards` is 1 for reasons that raise a voter's score, -1 for those that lower it, 0 for both. Parts smaller than
    `weakest` are no reasons.
    """
    strength = np.where(towards[:, None] == 0, np.abs(parts), parts * towards[:, None])
    strength = np.where((texts == "") | (strength < weakest), 0.0, np.round(strength, DECIMALS))
    order = np.argsort(-strength, axis=1, kind="stable")[:, :count]
    told = np.where(np.take_along_axis(strength, order, 1) > 0, np.take_along_axis(texts, order, 1), "")
    return np.asarray(told, object)
