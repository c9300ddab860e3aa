"""Names of fields: which of an object's fields hold the person, the thread, the time, ...

The tables are ordered: the best name comes first.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from vstk.readers.values import Record
from vstk.types import UnitKind

KINDS: tuple[tuple[UnitKind, str], ...] = (
    # Who asked.
    ("account", "enduser enduserid endusername endcustomer endcustomerid"),
    # Whose account it is.
    (
        "account",
        "userid user useruuid usersid userprincipalname upn aaduserid userobjectid accountuuid "
        "accountid employeeid employeenumber safetyidentifier memberid personid customerid "
        "clientuserid externaluserid externalid distinctid userpseudoid subjectid contactid "
        "authorid createdbyuserid requestuserid useremail emailaddress email useremailaddress "
        "xuserid xuseremail xforwardeduser xforwardedemail xopenwebuiuserid xopenwebuiuseremail "
        "heliconeuserid username userlogin loginname login useraccount accountname account userkey "
        "uid "
        "requesterid requester actorid actor actoremail askedby employee senderid",
    ),
    # Who owns the key that the call was made with.
    ("account", "userapikeyuserid userapikeyuseremail apikeyuserid keyowner keyownerid"),
    (
        "api_key",
        "apikeyid apikeyhash userapikeyhash userapikey apikey keyid keyhash hashedapikey "
        "apimsubscriptionid subscriptionid virtualkey virtualkeyid userapikeyalias apikeyalias "
        "apikeyname keyname identityarn",
    ),
    (
        "ip_hash",
        "hashedip iphash clientip ipaddress requesteripaddress calleripaddress remoteaddr "
        "remoteip sourceip sourceipaddress userip clientaddress ip",
    ),
)
_THREAD = (
    "conversationid conversationhash threadid sessionid chatid dialogid dialogueid convid "
    "conversationuuid conversationkey chatsessionid sessionuuid threadkey conversation session "
    "thread chatuuid genaiconversationid"
)
_SCOPE = "traceid rootrunid correlationid"
_ID = "id requestid uuid customid messageid eventid interactionid recordid callid"
_TIME = (
    "startedat startdatetime starttime starttimeunixnano start timestamp timeunixnano createdat "
    "createddatetime "
    "createtime created requesttime requestcreatedat loggingtime timegenerated eventtime "
    "eventtimestamp datetime datetimeutc date time ts tstamp sentat sendtime insertedat "
    "createdon "
    "conversationstarttime createddate creationtime observedtimeunixnano requesttimestamp "
    "received receivedat at"
)
_MODEL = (
    "model modelid modelname modelslug responsemodel requestmodel deploymentname llmmodelname "
    "providedmodelname defaultmodelslug lsmodelname"
)
_TEAM = "team department teamname teamid userapikeyteamalias userapikeyteamid costcenter"


class Names(NamedTuple):
    """Which of an object's fields hold what, best first."""

    who: tuple[tuple[str, ...], ...]
    """One tuple of names for each entry of `KINDS`."""

    thread: tuple[str, ...]
    scope: tuple[str, ...]
    id: tuple[str, ...]
    time: tuple[str, ...]
    model: tuple[str, ...]
    team: tuple[str, ...]


def plain_name(name: str) -> str:
    """A field's name without case and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


_ORDERS = tuple(
    {name: rank for rank, name in enumerate(words.split())}
    for words in (*(words for _, words in KINDS), _THREAD, _SCOPE, _ID, _TIME, _MODEL, _TEAM)
)


@lru_cache(maxsize=2048)
def names_for(keys: tuple[str, ...]) -> Names:
    """What an object with these fields holds where: found once for each shape of object."""
    plain = [(plain_name(key), key) for key in keys[:1000]]
    found = []
    for order in _ORDERS:
        known = sorted((order[name], key) for name, key in plain if name in order)
        found.append(tuple(key for _, key in known))
    return Names(tuple(found[: len(KINDS)]), *found[len(KINDS) :])


def names_of(place: Record) -> Names:
    """Which of this object's fields hold what, best first."""
    return names_for(tuple(place))
