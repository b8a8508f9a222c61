"""Names that modules often import from zato.common.api."""


class DATA_FORMAT:
    JSON = 'json'
    XML = 'xml'
    CSV = 'csv'
    DICT = 'dict'
