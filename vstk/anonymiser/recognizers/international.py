"""Phone numbers, number plates, ages and addresses in languages other than English."""

from __future__ import annotations

from vstk.anonymiser.rule import Rule

_COPULA = r"(?: (?:ist|is|est|es|è|é|lautet|la|le|el|il|der|die|het|numéro|nummer|número|numero)){0,3}\s?[:=]?\s{0,2}"

PHONE = Rule(
    "PHONE_NUMBER",
    (
        r"(?i)(?<!\p{L})(?:anrufen|anrufst|erreichbar|ruf(?:t|en)?(?: \w{2,4}){0,3} an|telefon(?:nummer)?|handy(?:nummer)?|mobil(?:nummer)?|tel\.?|bel(?:len)?|telefoonnummer|nummer|bereikbaar"
        r"|appel(?:er|ez|le)(?:-moi)?|téléphone|portable|joindre|joignable|ll[áa]m(?:a|e|ar)(?:me|nos)?|teléfono|móvil|celular|chiama(?:mi|re|teci)?|telefono|cellulare|liga(?:-me|r)?|ligue|telefone|telemóvel|whatsapp)"
        r"(?: \p{L}{2,6}){0,3}[ :]{1,3}(?P<v>\+?\(?\d(?:[ ./()-]{0,2}\d){6,13})(?!\d)",
        0.75,
    ),
    (
        r"(?<![\w.,/-])(?P<v>0(?:6|15\d|16\d|17\d|1[5-7]\d)[ /-]?\d{3,4}[ ]?\d{3,5})(?![\w.,/-]?\d)",
        0.55,
        "0",
    ),
    (
        r"(?<![\w.,/-])(?P<v>[67]\d{2}(?: \d{2}){3}|9[1-9]\d \d{3} \d{3}|[67]\d{2} \d{3} \d{3})(?![\w.,/-]?\d)",
        0.55,
    ),
    (r"(?<![\w.,/-])(?P<v>0\d{1,3}[-/] ?\d{6,8})(?![\w.,/-]?\d)", 0.6, "0"),
    (
        r"(?<![\w.,/-])(?P<v>00[1-9]\d[ /-]?\d{2,4}[ /-]?\d{3,8}|0\d{2} \d{4} \d{4})(?![\w.,/-]?\d)",
        0.6,
        "0",
    ),
    source="ITU-T E.164 national numbering plans of DE, FR, ES, IT, PT and NL",
    name="vstk_phone_elsewhere",
    needs=r"\d[ ./()-]{0,2}\d[ ./()-]{0,2}\d",
)

PLATE = Rule(
    "VEHICLE",
    (
        r"(?i)(?<!\p{L})(?:kennzeichen|nummernschild|plaque(?: d'immatriculation)?|immatriculation|immatriculée?|matr[íi]culas?|placas?|targa|targata|kenteken|nummerplaat)"
        + _COPULA
        + r"(?P<v>(?-i:[A-ZÄÖÜ0-9]{1,4}(?:[ -][A-Z0-9]{1,4}){1,3}|[A-Z]{2}\d{3}[A-Z]{2}|[A-Z]{3}\d[A-Z0-9]\d{2}))(?!\w)",
        0.8,
        "kennzeichen|nummernschild|plaque|immatricul|matr|placa|targa|kenteken|nummerplaat",
    ),
    (r"(?<![\w-])[A-Z]{2}-\d{3}-[A-Z]{2}(?![\w-])", 0.6),
    source="Fahrzeug-Zulassungsverordnung, annex 4; arrêté du 9 février 2009; Reglamento General de Vehículos; RDW sidecodes",
    name="vstk_plate_elsewhere",
    needs=r"\d",
)

AGE = Rule(
    "AGE",
    (
        r"(?i)(?<!\w)(?:tengo|tiene|tenho|tem|ho|ha|cumplí|fiz) (?P<v>\d{1,3}) (?:años|anos|anni)(?!\w)",
        0.85,
        "años|anos|anni",
    ),
    (r"(?i)(?<!\w)(?:j'ai|il a|elle a) (?P<v>\d{1,3}) ans(?!\w)", 0.85, " ans"),
    (
        r"(?i)(?<!\w)(?P<v>\d{1,3})(?: jahre alt| jaar oud|-jährige[rsn]?|-jarige)(?!\w)",
        0.85,
        "jahre|jaar|jährig|jarig",
    ),
    (r"(?<!\d)(?P<v>\d{1,3}) ?(?:岁|歲)", 0.85, "岁|歲"),
    source="HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C), in the words of other languages",
    name="vstk_age_elsewhere",
    needs=r"\d",
    in_code=False,
)

STREET = Rule(
    "STREET_ADDRESS",
    (
        r"(?<!\p{L})(?:\p{Lu}\p{L}{2,25}(?:[ -]\p{Lu}?\p{L}{2,20}){0,2}[ -]?)?(?:\p{L}{2,25})?(?i:straße|strasse|str\.|platz|allee|gasse|damm|ufer|chaussee|straat|laan|gracht|kade|plein|steeg|dreef)\s\d{1,4}\s?[a-zA-Z]?(?!\w)"
        r"(?:, \d{4,5}(?: [A-Z]{2})? \p{Lu}\p{L}{2,25})?",
        0.75,
        "stra|str.|platz|allee|gasse|damm|ufer|chaussee|laan|gracht|kade|plein|steeg|dreef",
    ),
    (
        r"(?<!\p{L})(?:\p{Lu}\p{L}{2,20}|[Aa]m|[Aa]n der|[Aa]uf dem|[Ii]m|[Zz]um|[Zz]ur) (?:\p{Lu}\p{L}{2,20})(?:weg|hof|ring|berg|tal|feld|bach|graben|markt|tor|park) \d{1,4}[a-z]?(?!\w)"
        r"|(?<!\p{L})\p{Lu}\p{L}{2,20}(?:weg|ring|hof|graben|stieg|pfad) \d{1,4}[a-z]?(?!\w)",
        0.65,
    ),
    (
        r"(?i)(?<!\p{L})(?:wohne(?:n)?|wohnt|lebe|lebt|woon|woont|habite|vivo|vive|abito|abita|moro|mora|adresse|dirección|indirizzo|endereço|adres)(?: (?:in|der|an|am|im|aan|de|het|au|à|en|la|na|no|la mia|è|ist|is|est|es))*:?\s"
        r"(?P<v>(?-i:\p{Lu}\p{L}{1,20}(?: (?:\p{Lu}\p{L}{1,20}|de|der|den|la|van)){0,3},? \d{1,4}[a-zA-Z]?))(?!\w)",
        0.7,
        "wohn|leb|woon|habite|viv|abit|mor|adres|direc|indir|ender",
    ),
    (
        r"(?<!\p{L})(?:Am|An der|Auf der|Zum|Zur) \p{Lu}\p{L}{3,20} \d{1,3}[a-z]?(?!\w|[.,]\d| (?:Uhr|Euro|Prozent)|%)",
        0.55,
        "am |an der |auf der |zum |zur ",
    ),
    (
        r"(?:\p{Han}{2,6}(?:省|市|自治区))?(?:\p{Han}{1,6}(?:区|县|镇|乡))?\p{Han}{1,6}(?:路|街道|街|大道|巷|弄|胡同)\d{1,5}(?:号|弄)(?:\d{1,4}(?:号楼?|栋|幢|弄))?(?:\d{1,3}单元)?(?:\d{1,5}(?:室|楼|层))?",
        0.85,
        "号|弄",
    ),
    source="UPU S42, forms of address of DE, AT, NL, FR, ES, IT, PT and CN",
    name="vstk_street_elsewhere",
    needs=r"\d",
    in_code=False,
)

CHINESE_ID = Rule(
    "ID_NUMBER",
    (
        r"(?:用户名|账号|帐号|账户|密码|口令|订单号|订单编号|快递单号|会员号|护照号码?|微信号?|QQ号?)(?:是|为|叫|[：:])?\s{0,2}(?P<v>[A-Za-z0-9][A-Za-z0-9_.@!$%#*-]{3,40})",
        0.85,
        "用户名|账号|帐号|账户|密码|口令|单号|订单编号|会员号|护照|微信|qq",
    ),
    (
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][ ·]?[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]{1,2}(?![A-Za-z0-9])",
        0.85,
    ),
    source="field names of Chinese forms; GA 36-2018, number plates",
    name="vstk_chinese_id",
    needs=r"\p{Han}",
)

CHINESE_DATE = Rule(
    "DATE_TIME",
    (r"(?<!\d)(?:19|20)\d\d ?年 ?\d{1,2} ?月(?: ?\d{1,2} ?[日号])?", 0.85, "年"),
    source="GB/T 7408, dates",
    name="vstk_chinese_date",
    needs=r"\d ?年",
    in_code=False,
)

RULES = (PHONE, PLATE, AGE, STREET, CHINESE_ID, CHINESE_DATE)
