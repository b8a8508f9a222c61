"""What can be turned on a stand-in server, before and while it runs."""
import os
import re

# Bytes of a piece when no size is given: small, and not too slow.
PIECE = 7
_NUMBER = re.compile(r'\d{1,9}(\.\d*)?|\.\d+', re.A)


class KnobError(Exception):
    """An unknown knob or a value that it does not take."""


def _flag(text):
    words = {'on': True, 'yes': True, 'true': True, '1': True,
             'off': False, 'no': False, 'false': False, '0': False}
    try:
        return words[str(text).lower()]
    except KeyError:
        raise ValueError('on or off') from None


def _whole(text):
    if not str(text).isdecimal():
        raise ValueError('a whole number from 0')
    return int(text)


def _number(text):
    if not _NUMBER.fullmatch(str(text)):
        raise ValueError('a number from 0, such as 0.5')
    return float(text)


def _shift(text):
    text = str(text)
    return -_number(text[1:]) if text.startswith('-') else _number(text)


def _modules(text):
    return [name for name in str(text).split(',') if name]


def _pieces(text):
    try:
        return _whole(text)
    except ValueError:
        return PIECE if _flag(text) else 0


def _foreign(text):
    if text in ('off', 'before', 'after', 'instead'):
        return text
    if os.path.isabs(text) and os.path.isfile(text):
        return text
    raise ValueError('off, before, after, instead or the absolute path of a '
                     'file')


def _refused(text):
    try:
        return 'all' if _flag(text) else ''
    except ValueError:
        return str(text)


class Knob:
    def __init__(self, name, parse, default, text):
        self.name = name
        self.parse = parse
        self.default = default
        self.text = text


KNOBS = {knob.name: knob for knob in (
    Knob('delay', _number, 0.0,
         'seconds a worker waits before it imports a module'),
    Knob('share', _number, 0.05,
         'seconds from one server being done to the next one beginning'),
    Knob('start-delay', _number, 0.0, 'seconds that starting takes longer'),
    Knob('look', _number, 0.1,
         'polling: seconds a look takes; changes meanwhile are lost'),
    Knob('poll', _number, 1.1, 'polling: seconds between two looks'),
    Knob('deaf', _flag, False, 'take nothing up'),
    Knob('drop', _whole, 0,
         'lose so many of the next notices (1: the next touch is needed)'),
    Knob('mute', _flag, False, 'deploy, but write none of it to the log'),
    Knob('witness', _flag, False,
         'false witness: log a deploy and do not make it'),
    Knob('double', _flag, False, 'two lines for one trigger'),
    Knob('refuse', _refused, '',
         'modules (a,b) that cannot be imported here; on: no service can'),
    Knob('foreign', _foreign, 'off',
         'somebody else deploys the older version: before, after, instead; '
         'or a file: this server takes its bytes instead'),
    Knob('dependants', _modules, [],
         'modules (a.py,b.py) redeployed after any other'),
    Knob('start-newest', _flag, False,
         'at start, deploy the newest version of each module as well'),
    Knob('dead-watcher', _flag, False, 'the watcher does not start'),
    Knob('torn', _flag, True,
         'Zato 4: take a file up half written when it comes in pieces'),
    Knob('gap', _number, 2.0,
         'Zato 4: seconds in which a second save of a file is dropped'),
    Knob('noise', _flag, False,
         'log the calls by which another server tells of a deploy'),
    Knob('flood', _whole, 0, 'so many unrelated lines a second'),
    Knob('flood-size', _whole, 200, 'length of such a line'),
    Knob('clock', _shift, 0.0,
         'seconds that the times in the log are ahead; may be negative'),
    Knob('pieces', _pieces, 0,
         'write the log in pieces of so many bytes; on: of {}'.format(PIECE)),
    Knob('rate', _number, 0.0, 'write the log at so many bytes a second'),
)}


# Other names of knobs, as tests may say it.
ALIASES = {'silent': 'deaf', 'miss': 'drop', 'split': 'pieces',
           'twice': 'double', 'lie': 'witness', 'dependant': 'dependants'}


def resolve(name):
    """A knob's own name."""
    return ALIASES.get(name, name)


def parse(name, text):
    """The value of a knob from its text."""
    name = resolve(name)
    if name not in KNOBS:
        raise KnobError('there is no knob {!r}; there are: {}'.format(
            name, ', '.join(KNOBS)))
    try:
        return KNOBS[name].parse(text)
    except ValueError as e:
        raise KnobError('{} takes {}'.format(name, e)) from None


def defaults():
    return {knob.name: knob.default for knob in KNOBS.values()}


def assignments(texts, server):
    """`[SERVER:]KNOB=VALUE` texts as values for one server."""
    values = {}
    for text in texts:
        left, separator, value = text.partition('=')
        where, colon, name = left.rpartition(':')
        if not separator:
            raise KnobError('{!r} is not KNOB=VALUE'.format(text))
        parsed = parse(name, value)
        if not colon or where == server:
            values[resolve(name)] = parsed
    return values
