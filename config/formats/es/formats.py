"""Spanish as written in Mexico: 20,273.5 (NOM-008-SCFI)."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
