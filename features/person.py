"""What the file says of the voter alone: age, time on the rolls, sex, party, where."""

from features.feature import Feature

FEATURES = (
    Feature("age", "age on election day, in years", lambda scene: scene.view.years_since("born")),
    Feature("years_registered", "years since registration", lambda scene: scene.view.years_since("registered")),
    Feature("sex", "sex, as the file codes it", lambda scene: scene.view.voters["sex"], "category"),
    Feature(
        "party", "party of registration, as the file codes it", lambda scene: scene.view.voters["party"], "category"
    ),
    Feature("county", "county", lambda scene: scene.view.voters["county"], "category"),
)
