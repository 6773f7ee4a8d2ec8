"""What the file says of the voter alone: age, time on the rolls, sex, party, where."""

from features.feature import Feature, column
from features.words import Naming, Words

AGE_WORDS = Words(
    (25, 35, 45, 55, 65, 75, 85),
    (*(f"aged {low}" for low in ("18–24", "25–34", "35–44", "45–54", "55–64", "65–74", "75–84")), "aged 85 and over"),
    "no date of birth on file",
    aloud=(*(f"aged {low}" for low in ("18–24", "25–34", "35–44", "45–54", "55–64")), *("aged 65 and over",) * 3),
)
REGISTRATION_WORDS = Words(
    (1, 2, 5, 10, 20),
    (
        "registered within the last year",
        *(f"registered {years} years ago" for years in ("1–2", "2–5", "5–10", "10–20")),
        "registered more than 20 years ago",
    ),
    "no date of registration on file",
)

FEATURES = (
    Feature(
        "age",
        "age on election day, in years",
        lambda scene: scene.view.years_since("born"),
        topic="age",
        says=AGE_WORDS,
    ),
    Feature(
        "years_registered",
        "years since registration",
        lambda scene: scene.view.years_since("registered"),
        topic="registration",
        says=REGISTRATION_WORDS,
    ),
    column(
        "sex",
        "sex, as the file codes it",
        "category",
        topic="sex",
        says=Naming("sex: {}", "sex not on file", aloud=""),
    ),
    column(
        "party",
        "party of registration, as the file codes it",
        "category",
        topic="party",
        says=Naming("party {}", "no party on file"),
    ),
    column("county", "county", "category", topic="neighbourhood", says=Naming("county {}", "county not on file")),
)
