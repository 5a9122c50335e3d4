"""Names of people and goods around the shop that both sandboxes have, some that break careless clients among them."""

from __future__ import annotations

LONGEST_NAME = "The Worshipful Company of " + "Very " * 94 + "Ltd."
"""Of 500 characters, the most that a DisplayName takes."""
AWKWARD_CUSTOMERS = (
    'O\'Brien & Sons "The Twins"',
    "Back\\slash \\ Partners\\",
    "Çafé Zoë – Ünïcödé 東京 🍵",
    "  Leading Spaces Inc",
    "Robert'); DROP TABLE Customer;--",
    "<b>Bold</b> & Co",
    "100% Wool_Knits",
    "null",
    LONGEST_NAME,
)
CUSTOMERS = (
    "Amber Coast Bakery", "Bluebird Books", "Cedar Point School", "Dune Walk Hotel", "Ella Marchetti",
    "Fernhill Clinic", "Granite Gym", "Hollis & Reed", "Ironwood Studio", "Juniper Kitchen", "Kestrel Cycles",
    "Lantern Theater", "Maple Row Dental", "Noor Haddad", "Ocean View Apartments", "Pebble Creek Farm",
    "Quarry Road Garage", "Rosa Delgado", "Saltmarsh Ferry", "Tidewater Yoga",
)  # fmt: skip
VENDORS = (
    "Anchor Paper", "Brightwater Utilities", "Coastal Freight", "Delta Packaging", "Evergreen Supply",
    "First Harbor Insurance", "Gull Printing", "Half Moon Properties", "Island Textiles", "Jetty Fuel",
    "Kelp & Co", "Lighthouse Legal", "Moss Street Ceramics", "Northern Tin", "L'Atelier \"Éclat\"",
)  # fmt: skip
EMPLOYEES = (
    ("Maya", "Lindqvist"), ("Theo", "Okafor"), ("Iris", "Nakamura"), ("Sam", "D'Angelo"), ("Lena", "Vogel"),
)  # fmt: skip
SERVICES = (
    ("Gift Wrapping", "6.50"), ("Delivery", "18.00"), ("Engraving", "24.75"), ("Design Hour", "85.00"),
    ("Window Display", "240.00"), ("Workshop Seat", "45.00"),
)  # fmt: skip
STOCK = (
    ("Beeswax Candle", "14.00", "5.20"), ("Ceramic Mug", "22.50", "8.10"), ("Linen Towel", "19.95", "7.35"),
    ("Olive Soap", "7.25", "2.40"), ("Oak Tray", "48.00", "21.60"), ("Wool Blanket", "129.00", "61.25"),
    ("Tea Tin", "16.80", "6.15"), ("Brass Hook", "9.99", "3.33"), ("Glass Vase", "54.50", "23.90"),
    ("Cotton Apron", "38.00", "15.75"),
)  # fmt: skip
NOT_STOCKED = (
    ("Gift Card Sleeve", "1.25"), ("Ribbon, 3 m", "2.10"), ("Shopping Bag", "0.85"), ("Seed Packet", "3.95"),
)  # fmt: skip
EXPENSES = (
    "Advertising", "Bank Charges", "Insurance", "Meals", "Office Supplies", "Professional Fees", "Rent", "Repairs",
    "Travel", "Utilities",
)  # fmt: skip
