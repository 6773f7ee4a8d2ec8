"""What the file says of the voter alone: age, time on the rolls, sex, party, where."""

from features.feature import Feature, column

FEATURES = (
    Feature("age", "age on election day, in years", lambda scene: scene.view.years_since("born")),
    Feature("years_registered", "years since registration", lambda scene: scene.view.years_since("registered")),
    column("sex", "sex, as the file codes it", "category"),
    column("party", "party of registration, as the file codes it", "category"),
    column("county", "county", "category"),
)
