"""What the columns of the synthetic nation hold."""

STATUSES = ("active", "inactive", "pending", "moved", "cancelled", "deceased", "ineligible")
STATUS_SHARES = (0.925, 0.045, 0.005, 0.010, 0.008, 0.005, 0.002)
PARTIES = ("DEM", "REP", "UNA", "LIB", "GRN")
SEXES = ("F", "M", "U")
FLAGS = {"do_not_call": 0.04, "do_not_mail": 0.01, "do_not_walk": 0.005}

# The campaign's own columns. A number: how much engagement, lean and age are in it,
# its step, its middle, and whether it is skewed.
NUMBERS = {
    "income": (0.4, 0.1, 0.1, 100.0, 62000, True),
    "home_value": (0.4, 0.2, 0.2, 1000.0, 290000, True),
    "home_equity": (0.3, 0.1, 0.5, 1000.0, 120000, True),
    "property_tax": (0.3, 0.2, 0.1, 10.0, 2600, True),
    "years_at_address": (0.3, 0.0, 0.6, 1.0, 8, True),
    "years_of_school": (0.5, 0.3, 0.0, 1.0, 13, False),
    "children": (0.0, -0.1, -0.2, 1.0, 1, False),
    "cars": (0.1, -0.2, 0.0, 1.0, 1.6, False),
    "commute_minutes": (0.0, -0.1, -0.3, 5.0, 25, True),
    "distance_to_poll": (-0.1, -0.2, 0.0, 0.1, 1.8, True),
    "density": (0.0, 0.6, -0.1, 0.01, 3, False),
    "unemployment": (-0.2, 0.1, 0.0, 0.1, 4.5, False),
    "median_rent": (0.1, 0.3, -0.1, 10.0, 1250, True),
    "share_renters": (-0.2, 0.4, -0.2, 0.001, 0.35, False),
    "share_graduates": (0.3, 0.5, 0.0, 0.001, 0.33, False),
    "share_veterans": (0.1, -0.4, 0.2, 0.001, 0.06, False),
    "church_index": (0.1, -0.6, 0.2, 0.01, 1, False),
    "green_index": (0.1, 0.6, -0.1, 0.01, 1, False),
    "union_index": (0.2, 0.4, 0.1, 0.01, 1, False),
    "gun_index": (0.0, -0.6, 0.0, 0.01, 1, False),
    "news_index": (0.6, 0.0, 0.3, 0.01, 1, False),
    "internet_index": (0.1, 0.2, -0.6, 0.01, 1, False),
    "magazine_titles": (0.3, 0.0, 0.3, 1.0, 3, True),
    "petitions": (0.6, 0.4, 0.0, 1.0, 1.5, True),
    "consumer_score": (0.2, 0.0, 0.0, 1.0, 550, False),
}
# A category: how many words, and how much engagement and lean are in which word it is.
CATEGORIES = {
    "education": (6, 0.5, 0.4),
    "occupation": (30, 0.2, 0.3),
    "dwelling": (5, 0.3, -0.1),
    "tenure": (3, 0.4, -0.2),
    "marital": (4, 0.3, -0.2),
    "urbanity": (7, 0.0, 0.7),
    "media_market": (20, 0.0, 0.3),
    "district": (14, 0.0, 0.4),
    "segment": (66, 0.3, 0.5),
    "interest": (12, 0.2, 0.4),
    "carrier": (8, 0.0, 0.0),
    "vehicle": (15, 0.1, -0.4),
}
EXTRAS = {**dict.fromkeys(NUMBERS, "number"), **dict.fromkeys(CATEGORIES, "category")}
