"""Postal addresses: streets, post office boxes, postal codes, and places of residence."""

from __future__ import annotations

import re

from vstk.anonymiser.rule import AFTER, BEFORE, Rule

_SUFFIX = (
    "street|st|avenue|ave|av|road|rd|drive|dr|lane|ln|boulevard|blvd|court|ct|place|pl|terrace|ter"
    "|way|circle|cir|square|sq|highway|hwy|parkway|pkwy|trail|trl|crescent|cres|close|grove|gardens"
    "|mews|row|alley|plaza|loop|run|ridge|pike|walk|hill|view|point|path|crossing|marg|nagar|expressway"
    "|estate|heights|quay|wharf|parade|ford|fork|junction|knoll|landing|meadow|mill|park|pass|route"
    "|shore|spring|spur|station|track|turnpike|union|valley|via|ville|vista|island|isle|creek|corner|center|branch|bridge|bypass|camp|cape|causeway|cliff|club|common|cove|curve|dale|dam|divide|field|flat|forest|forge|freeway|gateway|glen|green|harbor|haven|inlet|key|lake|light|lock|lodge|manor|mountain|neck|orchard|oval|overpass|passage|pine|plain|port|prairie|ranch|rapid|rest|river|shoal|skyway|stream|summit|throughway|trace|tunnel|underpass|viaduct|village|well"
)
_UNAMBIGUOUS_SUFFIX = (
    "street|st|avenue|ave|road|rd|drive|dr|lane|ln|boulevard|blvd|court|ct|terrace|way|circle|square"
    "|highway|hwy|parkway|pkwy|trail|crescent|close|grove|gardens|mews|alley|marg|place|pl"
)
_UNIT = r"(?:,?\s{1,2}(?:apt|apartment|suite|ste|unit|flat|floor|fl|room|rm|bldg|building|po box|#)\.?\s{0,2}#?[A-Za-z0-9-]{1,6})?"
_STATE = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY"
    "|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR"
)
_PART = r"[\p{Lu}(][\p{L}.'’()-]{1,25}(?:\s[\p{Lu}(][\p{L}.'’()-]{1,25}){0,3}"
_TAIL = (
    rf"(?:(?:[ ]?[,\n][,\s>]{{0,4}}|\s(?=\p{{Lu}}{{2,}}))(?:{_PART}|\d{{1,3}}(?=\s\d{{4}})|\d{{4,6}}|nan)"
    rf"(?:,?\s\d{{3,6}}(?:[- ]\d{{2,4}})?(?!\d))?){{0,6}}"
    rf"(?:,?\s{{1,3}}(?:{_STATE})(?![A-Za-z]))?(?:,?\s{{1,3}}\d{{4,6}}(?:-\d{{4}})?(?!\d))?"
)
_PLACE_AFTER = (
    r"(?:,\s?(?:(?:casa|ap|apto|apt|piso|int|interno|sala|bloco|bl|esc|bât)\.?\s?\w{1,5}|\d{1,3}\s?[ºª°]\s?[A-Za-z]?))?"
    r"(?:(?:,\s?|\s)\d{4,6}(?:[- ]\d{2,4}|\s[A-Z]{2})?(?!\d)|,)?"
    r"(?:[, ]\s?(?-i:\p{Lu})[\p{L}'’-]{2,25}(?:[ -](?-i:\p{Lu})[\p{L}'’-]{2,25}){0,2}(?:\s\([A-Z]{2}\))?)?"
)
"""A flat, a postcode and a town after a street, as continental addresses have them."""

_WORD = r"[\p{Lu}][\p{L}.'’-]{1,25}"

STREET = Rule(
    "STREET_ADDRESS",
    (
        rf"(?<![\w.,$€£-])\d{{1,6}}\s(?:[\p{{L}}\p{{M}}\p{{Sm}}.'’-]{{1,25}}\s){{1,5}}(?:\d{{1,5}}[A-Za-z]?\.?\s{{1,2}})?"
        rf"(?i:apt|apartment|suite|ste|unit|flat)\.?\s{{1,2}}#?\d{{1,5}}[A-Za-z]?(?!\w)(?:\s(?=\p{{Lu}}){_PART})?{_TAIL}",
        0.9,
    ),
    (
        rf"(?<!\w)(?:{_WORD}\s){{1,3}}\d{{1,5}}[A-Za-z]?,?\s{{1,2}}(?i:apt|apartment|suite|ste|unit|flat)\.?\s{{1,2}}#?\d{{1,5}}[A-Za-z]?(?!\w){_TAIL}",
        0.85,
    ),
    (
        rf"(?<!\w)(?i:apt|apartment|suite|ste|flat)\.?\s#?\d{{1,5}}[A-Za-z]?(?!\w){_TAIL}",
        0.7,
        "apt|apartment|suite|ste|flat",
    ),
    (
        rf"(?<![\w.,$€£-])(?:\d{{1,5}}\s)?(?:{_WORD}\s){{1,3}}\d{{1,4}}[A-Za-z]?(?=\s?[,\n][\s>]{{0,3}}\p{{Lu}}){_TAIL}(?<=\d\d)",
        0.6,
    ),
    (
        r"(?i)(?:the )?corner of\s(?-i:(?:[\p{Lu}\d][\p{L}\d.'’-]{0,25}\s){1,4})and\s(?-i:[\p{Lu}\d][\p{L}\d.'’-]{0,25}(?:\s[\p{Lu}\d][\p{L}\d.'’-]{0,25}){0,3})",
        0.8,
        "corner of",
    ),
    (
        rf"(?<![\w.,$€£-])\d{{1,6}}[A-Za-z]?,?\s{{1,2}}(?:[NSEW]{{1,2}}\.?\s|(?i:north|south|east|west)\s)?"
        rf"(?:(?:{_WORD}|\d{{1,3}}(?:st|nd|rd|th))\s){{1,4}}(?i:{_SUFFIX})\.?(?![A-Za-z])(?i:{_UNIT}){_TAIL}",
        0.85,
    ),
    (
        rf"(?i)(?<![\w.,$€£-])\d{{1,6}}[a-z]?\s(?:[nsew]\.?\s)?(?:[\p{{L}}'’-]{{2,25}}\s){{1,3}}(?:{_UNAMBIGUOUS_SUFFIX})\b\.?"
        rf"(?=[\s,.;)]|$){_UNIT}(?:,\s?[\p{{L}} .'-]{{2,30}},\s?[a-z]{{2}}(?:\s\d{{5}})?)?",
        0.6,
    ),
    (
        r"(?i)(?<!\w)(?:rue|avenue|boulevard|bd|place|chemin|impasse|allée|quai|via|viale|piazza|corso|vicolo"
        r"|calle|c/|c\.|avenida|avda\.?|av\.|paseo|plaza|rua|r\.|travessa|praça|largo|alameda|estrada|strada|largo|ulica|ul\.|utca|vicolo|contrada)\s(?:d[eu]s?\s|de[il]\s|de\sla\s|del(?:la|le)?\s|das?\s|dos?\s|l['’]|dell['’])?"
        r"(?-i:[\p{Lu}])[\p{L}.'’-]{1,25}(?:\s(?:de\s|du\s|di\s|da\s)?[\p{L}.'’-]{2,25}){0,3},?\s(?:n[°ºr]?\.?\s?|casa\s|número\s)?\d{1,2}(?:\.?\d{1,3})?(?:\s?/\s?[A-Za-z0-9]{1,2}|[a-zA-Z])?(?!\d)"
        + _PLACE_AFTER,
        0.8,
    ),
    (
        r"(?i)(?<![\w.,])\d{1,4}(?:\s?(?:bis|ter))?,?\s(?:rue|avenue|boulevard|bd|place|chemin|impasse|allée|quai|route)"
        r"\s(?:d[eu]s?\s|de\sla\s|de\sl['’]|d['’]|l['’])?[\p{L}.'’-]{2,25}(?:\s[\p{L}.'’-]{2,25}){0,3}?(?=[,.;\n]|\s\d{5}|$)"
        + _PLACE_AFTER,
        0.85,
    ),
    # Without a word for a street: a number, words, a postcode and a town.
    (
        r"(?<![\w.,$€£-])(?:(?:\p{Lu}[\p{L}.'’-]{1,25}\s){1,4}\d{1,4}\s?[a-zA-Z]?(?:/\w{1,3})?"
        r"|\d{1,4}\s?(?:bis|ter|[a-z])?,?\s(?:[\p{L}.'’-]{1,25}\s){0,4}[\p{L}.'’-]{2,25}),\s?\d{4,6}(?:\s[A-Z]{2})?\s\p{Lu}[\p{L}'’-]{2,25}",
        0.75,
    ),
    (
        r"(?<![\w.,$€£-])\d{1,4}[a-z]?\s(?:\p{Lu}[\p{L}'’-]{2,25}\s){1,3}(?i:yard|wharf|bank|rise|wynd|vale|chase|gate|brow|buildings|cottages|villas|croft|end|mansions)(?!\w)",
        0.75,
    ),
    (
        r"(?i)(?<!\p{L})(?:calle|rua|via|avenida|\p{L}{2,25}[ -]?(?:straße|strasse|straat|gasse|weg|laan))\s(?:(?:das?|dos?|de|del|della|la)\s)?(?:\p{L}{3,20}\s)?"
        r"(?:número\s|numero\s|nummer\s)?(?:\p{L}{2,9}(?:zehn|zig|tien|tig|enta|inta|dici|teen|ty|hundred|hundert|honderd)|one hundred|(?:veer|vijf|zes|twin)\p{L}{2,6}|sessenta|treinta|twenty|thirty|forty|fifty)"
        r"(?:\s(?:e|y|und|and|en)\s\p{L}{2,7}|\s(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|[a-d]|fundos))*(?!\p{L})",
        0.7,
        "calle|rua|via|avenida|stra|gasse|weg|laan",
    ),
    (
        r"(?i)(?<!\w)(?:p\.?\s?o\.?\s?box|post office box|postfach|apartado|boîte postale|psc|unit)\s{1,2}#?\d{1,6}(?:,?\s{1,2}box\s\d{1,6})?(?!\d)(?:\s?\n?\s?(?-i:(?:APO|FPO|DPO),? A[AEP] \d{5}(?:-\d{4})?))?",
        0.75,
        "box|postfach|apartado|boîte|psc|unit",
    ),
    (
        r"(?i)(?<![a-z])(?:(?:i|we|she|he|they)(?:'m| am| are)? live[sd]? (?:at|in)|address(?: is| was|:)|located at|deliver(?:y)? to|ship(?:ped|ping)? to)\s{1,3}"
        r"(?-i:(?P<v>\d{1,5}[A-Za-z]?,?\s[\p{Lu}][\p{L}'-]{2,25}(?:\s[\p{L}\d'-]{2,25}){0,4}|[\p{Lu}][\p{L}'-]{3,25}(?:\s[\p{Lu}][\p{L}'-]{1,25}){0,2}\s\d{1,5}[A-Za-z]?(?!\w)))",
        0.75,
        "live|address|located|deliver|ship",
    ),
    source="USPS Publication 28, appendix C1 (suffixes); UPU S42 (forms of address by country)",
    needs=r"\d|(?i)straße|strasse|straat|calle|rua |via |avenida",
    in_code=False,
)

_STREET_ENDING = (
    r"straße|strasse|str\.|weg|gasse|platz|allee|damm|ufer|ring|straat|laan|gracht|plein|gata|gatan"
    r"|vägen|veien|vej|katu|tie|utca|utja|ulica"
)
COMPOUND_STREET = Rule(
    "STREET_ADDRESS",
    (
        r"(?i)(?<!\w)(?:\p{L}[\p{L}.'-]{1,30}\s){0,2}\p{L}{2,30}"
        rf"(?:{_STREET_ENDING})\s{{1,2}}\d{{1,4}}\s?[a-z]?(?!\w|\.\d)",
        0.85,
    ),
    source="UPU S42 (forms of address by country): Germanic, Nordic, Hungarian and Slavic streets",
    name="vstk_street_in_one_word",
    # Tested from the digit backwards, because the pattern would be tried at every word.
    needs=(r"\d", rf"(?i)(?<={_STREET_ENDING})\s{{1,2}}\d"),
    in_code=False,
)

POSTCODE = Rule(
    "ZIP_CODE",
    (rf"(?<![A-Za-z])(?:{_STATE})[,.]?\s{{1,2}}(?P<v>\d{{5}}(?:-\d{{4}})?)(?!\d)", 0.85),
    (
        r"(?i)(?<![a-z])(?:zip(?: ?code)?|post(?:al)? ?code|plz|pin ?code|cap|code postal)\s{0,2}(?:is|was|:|=|#)?\s{0,3}(?P<v>\d{3,6}(?:-\d{3,4})?|[A-Z]\d[A-Z] ?\d[A-Z]\d)(?!\w)",
        0.85,
        "zip|post|plz|pin|cap",
    ),
    (
        BEFORE
        + r"(?:GIR 0AA|(?:[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPS-UW]|[A-HK-Y]\d[ABEHMNPRV-Y])) \d[ABD-HJLNP-UW-Z]{2})"
        + AFTER,
        0.8,
    ),
    (
        r"(?<![A-Za-z0-9])(?:[a-pr-uwyz](?:\d{1,2}|[a-hk-y]\d{1,2})) \d[abd-hjlnp-uw-z]{2}(?![A-Za-z0-9])",
        0.7,
    ),
    (
        r"(?<![\w.,/-])(?-i:\p{Lu})[\p{L}'’-]{2,25}(?: - |,? )(?P<v>\d{6}|\d{3} \d{3})(?![\w]|[.,]\d)",
        0.5,
    ),
    (r"(?<![\w.,/-])(?P<v>\d{5})(?: \p{Lu}[\p{L}'’-]{2,25}(?:[,.)\n]|$))", 0.5),
    (r"(?<![\w.,/-])(?P<v>\d{5}-\d{3})(?![\w-])", 0.6),
    (r"(?<=\d[A-Za-z]?(?:/\w)? )(?P<v>\d{5})(?=[\s,.]*$)", 0.5),
    (BEFORE + r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d" + AFTER, 0.75),
    (BEFORE + r"\d{5}(?:-\d{4})?" + AFTER, 0.15),
    source="USPS ZIP; UK Government Data Standards, postcode form; Canada Post; UPU",
    context=("zip", "postal", "postcode", "address", "street", "live"),
    validate=lambda text: None if re.search(r"\d", text) else False,
    needs=r"\d",
    in_code=False,
)

_CAPITALISED = r"[\p{Lu}][\p{L}'’-]{1,25}"
PLACE = Rule(
    "LOCATION",
    (
        r"(?i)(?<!\w)(?:live[sd]?|living|born|grew up|raised|based|located|reside[sd]?|residing|move[sd]?|moving"
        r"|relocat(?:e|ed|ing)|travel(?:l?ed|l?ing)?|fly(?:ing)?|flew|trip|arrived?|stay(?:ed|ing)?|home|office|branch)"
        rf"(?: here| back| over| up)? (?:in|to|from|near|at)\s(?P<v>(?-i:{_CAPITALISED}(?:[ -]{_CAPITALISED}){{0,2}}))",
        0.52,
        "live|living|born|grew up|raised|based|located|resid|mov|relocat|travel|fly|flew|trip|arriv|stay|home|office|branch",
    ),
    source="sentences that say where a person lives or goes",
    name="vstk_place",
    needs=r"\p{Lu}",
    in_code=False,
)

RULES = (STREET, COMPOUND_STREET, POSTCODE, PLACE)
