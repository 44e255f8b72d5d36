"""What each subcategory sells: prices, seasons, product names and complements.

The category tree is the seed `product_categories.csv`. A subcategory of the seed without an entry
here gets plain names, average prices and no season.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import SEEDS

GIFT_CARDS: Final = "Gift Cards"

_FLAT: Final = (1.0,) * 12
_WINTER: Final = (1.7, 1.3, 0.8, 0.5, 0.3, 0.2, 0.2, 0.4, 1.1, 1.7, 2.1, 1.9)
_SUMMER: Final = (0.4, 0.5, 0.9, 1.3, 1.7, 1.9, 1.8, 1.4, 0.9, 0.5, 0.4, 0.4)
_SPRING: Final = (0.3, 0.6, 1.6, 2.3, 2.2, 1.5, 1.0, 0.8, 0.7, 0.5, 0.3, 0.3)
_GIFTS: Final = (0.7, 0.9, 0.8, 0.8, 0.9, 0.8, 0.7, 0.7, 0.8, 0.9, 1.6, 2.4)
_RESOLUTION: Final = (2.0, 1.4, 1.1, 1.0, 1.0, 0.9, 0.8, 0.8, 1.0, 0.9, 0.8, 0.8)


@dataclass(frozen=True)
class Line:
    """How one subcategory sells.

    Attributes:
        price: Median list price in dollars.
        popularity: Share of demand relative to other subcategories.
        nouns: What its products are.
        season: Demand by month relative to the year.
        goes_with: Subcategories bought together with it, from any category.
    """

    price: float = 30.0
    popularity: float = 1.0
    nouns: tuple[str, ...] = ("Item", "Set", "Kit")
    season: tuple[float, ...] = _FLAT
    goes_with: tuple[str, ...] = ()


_LINES: Final[Mapping[tuple[str, str], Line]] = {
    ("Kitchen", "Cookware"): Line(
        58, 1.2, ("Saucepan", "Frying Pan", "Casserole", "Wok", "Roasting Tin"), _GIFTS,
        ("Knives & Tools", "Cooking"),
    ),
    ("Kitchen", "Knives & Tools"): Line(
        34, 1.1, ("Chef's Knife", "Peeler", "Cutting Board", "Whisk", "Grater"), _FLAT,
        ("Cookware",),
    ),
    ("Kitchen", "Coffee & Tea"): Line(
        29, 1.6, ("Moka Pot", "French Press", "Teapot", "Grinder", "Pour-Over Set"), _GIFTS,
        ("Tableware",),
    ),
    ("Kitchen", "Tableware"): Line(
        24, 1.2, ("Mug", "Plate Set", "Bowl", "Carafe", "Glass Set"), _FLAT, ("Coffee & Tea",)
    ),
    ("Living", "Lighting"): Line(
        64, 0.8, ("Desk Lamp", "Floor Lamp", "Pendant", "String Lights"), _WINTER, ("Decoration",)
    ),
    ("Living", "Textiles"): Line(
        38, 1.0, ("Throw", "Cushion", "Curtain", "Bed Linen", "Towel Set"), _WINTER,
        ("Decoration",),
    ),
    ("Living", "Decoration"): Line(
        22, 1.2, ("Vase", "Candle", "Picture Frame", "Mirror", "Wreath"), _GIFTS, ("Textiles",)
    ),
    ("Garden", "Plants & Pots"): Line(
        26, 1.1, ("Terracotta Pot", "Herb Garden", "Planter", "Olive Tree"), _SPRING,
        ("Garden Tools",),
    ),
    ("Garden", "Garden Tools"): Line(
        31, 0.9, ("Secateurs", "Trowel", "Watering Can", "Hose Reel", "Rake"), _SPRING,
        ("Plants & Pots",),
    ),
    ("Garden", "Outdoor Living"): Line(
        92, 0.7, ("Deck Chair", "Parasol", "Fire Bowl", "Hammock"), _SUMMER, ("Plants & Pots",)
    ),
    ("Women", "Dresses"): Line(
        66, 1.2, ("Shirt Dress", "Wrap Dress", "Midi Dress", "Slip Dress"), _SUMMER, ("Shoes",)
    ),
    ("Women", "Knitwear"): Line(
        72, 1.1, ("Cardigan", "Jumper", "Roll Neck", "Knit Scarf"), _WINTER, ("Shoes",)
    ),
    ("Women", "Shoes"): Line(88, 1.0, ("Loafers", "Ankle Boots", "Sneakers", "Sandals")),
    ("Men", "Shirts"): Line(
        54, 1.1, ("Oxford Shirt", "Linen Shirt", "Flannel Shirt", "Polo"), _FLAT, ("Shoes",)
    ),
    ("Men", "Knitwear"): Line(
        74, 0.8, ("Cardigan", "Crew Neck", "Half-Zip", "Beanie"), _WINTER, ("Shirts",)
    ),
    ("Men", "Shoes"): Line(94, 0.9, ("Derbies", "Boots", "Sneakers", "Espadrilles")),
    ("Kids", "Clothing"): Line(
        26, 1.2, ("Dungarees", "Rain Jacket", "Pyjamas", "Leggings"), _FLAT, ("Toys",)
    ),
    ("Kids", "Toys"): Line(
        28, 1.3, ("Train Set", "Building Blocks", "Puzzle", "Plush Bear"), _GIFTS, ("Clothing",)
    ),
    ("Audio", "Headphones"): Line(
        118, 1.0, ("Headphones", "Earbuds", "Studio Headset"), _GIFTS, ("Cables & Chargers",)
    ),
    ("Audio", "Speakers"): Line(
        134, 0.7, ("Shelf Speaker", "Travel Speaker", "Soundbar"), _GIFTS, ("Cables & Chargers",)
    ),
    ("Computing", "Keyboards & Mice"): Line(
        62, 0.9, ("Keyboard", "Mouse", "Trackball", "Desk Mat"), _FLAT, ("Cables & Chargers",)
    ),
    ("Computing", "Cables & Chargers"): Line(
        17, 1.7, ("USB-C Cable", "Wall Charger", "Power Bank", "Hub"), _FLAT, ("Storage",)
    ),
    ("Computing", "Storage"): Line(
        84, 0.8, ("Portable SSD", "Memory Card", "USB Stick"), _FLAT, ("Cables & Chargers",)
    ),
    ("Smart Home", "Sensors"): Line(
        36, 0.8, ("Motion Sensor", "Door Sensor", "Thermostat", "Leak Sensor"), _FLAT,
        ("Cameras",),
    ),
    ("Smart Home", "Cameras"): Line(
        98, 0.6, ("Doorbell Camera", "Indoor Camera", "Garden Camera"), _FLAT, ("Sensors",)
    ),
    ("Sports", "Yoga"): Line(
        36, 1.0, ("Yoga Mat", "Block Set", "Bolster", "Strap"), _RESOLUTION, ("Running",)
    ),
    ("Sports", "Running"): Line(
        52, 1.0, ("Running Belt", "Trail Vest", "Wind Jacket", "Tights"), _RESOLUTION, ("Yoga",)
    ),
    ("Sports", "Cycling"): Line(
        58, 0.8, ("Helmet", "Bike Light", "Pannier", "Floor Pump"), _SUMMER, ("Running",)
    ),
    ("Beauty", "Skin Care"): Line(
        23, 1.5, ("Day Cream", "Serum", "Cleanser", "Sun Lotion"), _FLAT, ("Hair Care",)
    ),
    ("Beauty", "Hair Care"): Line(
        18, 1.2, ("Shampoo", "Conditioner", "Hair Oil", "Brush"), _FLAT, ("Skin Care",)
    ),
    ("Books", "Cooking"): Line(
        27, 0.9, ("Cookbook", "Baking Book", "Bread Handbook"), _GIFTS, ("Cookware",)
    ),
    ("Books", "Travel"): Line(
        22, 0.7, ("City Guide", "Atlas", "Hiking Guide"), _SUMMER, ("Cooking",)
    ),
    (GIFT_CARDS, GIFT_CARDS): Line(50, 0.45, ("Gift Card",), _GIFTS),
}  # fmt: skip

BRANDS: Final = (
    "Alder & Finch", "Bluehaven", "Borealis", "Cobblestone", "Driftwell", "Everglen", "Fernhill",
    "Granary", "Halcyon", "Ironbark", "Juniper Lane", "Kestrel", "Lumen & Co", "Marlowe",
    "Norrland", "Oakmere", "Pinecroft", "Quarry", "Riverton", "Saltmarsh", "Thistledown", "Umber",
    "Velden", "Willowbrook",
)  # fmt: skip
HOUSE_BRAND: Final = "Our Own"

STYLES: Final = (
    "Classic", "Compact", "Everyday", "Heritage", "Lightweight", "Nordic", "Organic", "Premium",
    "Recycled", "Slim", "Soft", "Studio", "Travel", "Urban", "Weekend", "Woven",
)  # fmt: skip


@dataclass(frozen=True)
class Shelf:
    """One (category, subcategory) of the seed and how it sells."""

    category: str
    subcategory: str
    line: Line = field(default_factory=Line)

    @property
    def sells_gift_cards(self) -> bool:
        """Whether its products are gift cards."""
        return self.category == GIFT_CARDS


def read_shelves() -> tuple[Shelf, ...]:
    """Read the category tree, in the seed's order.

    Raises:
        EcomError: The seed is missing or has no goods.
    """
    path = SEEDS / "product_categories.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            pairs = [(row["category"], row["subcategory"]) for row in csv.DictReader(file)]
    except (OSError, KeyError) as error:
        raise EcomError(f"cannot read the category tree {path}: {error}") from error
    shelves = tuple(Shelf(*pair, _LINES.get(pair, Line())) for pair in pairs)
    if all(shelf.sells_gift_cards for shelf in shelves):
        raise EcomError(f"the category tree {path} has no category of goods; add one")
    return shelves
