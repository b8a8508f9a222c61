"""Base classes of services and models, as much of them as importing needs."""
import logging
import re
from types import SimpleNamespace


def hyphenated(name):
    """`CustomerGet` as Zato names a service without a name: `customer-get`."""
    name = re.sub(r'(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])', '-', name)
    return name.replace('_', '-').lower()


class Model:
    """Base class of data models."""

    @classmethod
    def from_dict(cls, data):
        return cls(**data)

    def to_dict(self):
        return dict(self.__dict__)


class _Named:
    """A declaration that only has a name, such as Int('age')."""

    def __init__(self, name, *args, **kwargs):
        self.name = name

    def __repr__(self):
        return '{}({!r})'.format(type(self).__name__, self.name)


class AsIs(_Named):
    pass


class Bool(_Named):
    pass


class Date(_Named):
    pass


class DateTime(_Named):
    pass


class Dict(_Named):
    pass


class Float(_Named):
    pass


class Int(_Named):
    pass


class List(_Named):
    pass


class Opaque(_Named):
    pass


class Service:
    """Base class of services."""

    def __init__(self):
        self.logger = logging.getLogger(self.get_name())
        self.cid = ''
        self.request = SimpleNamespace(
            input={}, payload={}, raw_request='', http=SimpleNamespace())
        self.response = SimpleNamespace(payload='', status_code=200, headers={})
        self.out = SimpleNamespace(rest={}, sql={}, amqp={})
        self.user_config = {}
        self.cache = {}
        self.kvdb = {}

    @classmethod
    def get_name(cls):
        name = cls.__dict__.get('name')
        if name is None:
            name = '{}.{}'.format(
                hyphenated(cls.__module__), hyphenated(cls.__name__))
        return name

    def handle(self):
        raise NotImplementedError('{}.handle'.format(type(self).__name__))


class AsyncService(Service):
    pass
