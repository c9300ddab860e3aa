"""Chinese names by jieba, a tagger of words, if it is installed.

jieba is built without its cache, which would be a file in a folder that everybody can
write to and that jieba would load as trusted data.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

from vstk.anonymiser.finding import Deadline
from vstk.anonymiser.ner import Span

_LABEL = {"nr": "PERSON", "nrt": "PERSON", "nrfg": "PERSON", "ns": "GPE", "nt": "ORG"}
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈"
    "钟姜崔谭陆汪范廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严欧莫孔向常汤康"
    "易乔赖文温施洪颜季柳殷骆牛岳焦甘管章梅卓涂古桂闻葛倪齐庞邢樊兰聂伍翟鲁耿关焦左柯阮纪翁司诸上慕令"
)
"""Characters that a Chinese name may begin with; jieba also tags other words as names."""

_MAX_GIVEN_NAME = 2
"""Most characters of a given name."""


def installed() -> bool:
    """Whether jieba is installed (`pip install vstk[zh]`)."""
    return find_spec("jieba") is not None


@cache
def _tagger() -> Any:
    import jieba
    from jieba import posseg

    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return posseg.POSTokenizer(tokenizer)


class JiebaNames:
    """Finds names in Chinese; has the interface of `NerReader`."""

    language = "zh"

    def __init__(self) -> None:
        _tagger()

    def spans(self, segments: Sequence[str], deadline: Deadline) -> list[tuple[Span, ...]]:
        """The named spans of each segment.

        Raises:
            TooSlow: if the time is used up; checked between segments.
        """
        spans = []
        for segment in segments:
            deadline.left()
            spans.append(tuple(_spans(segment)))
        return spans


def _spans(segment: str) -> list[Span]:
    spans: list[Span] = []
    end = 0
    open_surname = False
    for word, tag in _tagger().cut(segment):
        start, end = end, end + len(word)
        label = _LABEL.get(tag)
        if tag == "nr" and word[0] not in _SURNAMES and not open_surname:
            label = None
        if label and (len(word) > 1 or label == "PERSON"):
            joins = spans and spans[-1][1] == start and label == spans[-1][2] == "PERSON"
            if joins:
                spans[-1] = (spans[-1][0], end, label)
            else:
                spans.append((start, end, label))
            open_surname = label == "PERSON" and end - spans[-1][0] <= _MAX_GIVEN_NAME
        elif (
            open_surname
            and tag not in _NOT_GIVEN_NAME_TAGS
            and end - spans[-1][0] <= 2 + _MAX_GIVEN_NAME
        ):
            # jieba tagged only the surname as a name, and the given name as a common word.
            spans[-1] = (spans[-1][0], end, "PERSON")
            open_surname = False
        else:
            open_surname = False
    return [span for span in spans if span[1] - span[0] > 1]


_NOT_GIVEN_NAME_TAGS = frozenset(
    {"x", "v", "d", "p", "c", "r", "uj", "ul", "ug", "u", "t", "f", "y", "k"}
)
