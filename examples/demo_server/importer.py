"""Imports a module with the calls that Zato makes, and shows what went wrong
with the frames of Zato's own code in the traceback.

The frames are real: small functions, compiled under the path and the line
number that Zato's own have, so that tracebacks come out of Python's ordinary
machinery. Bytecode is cached as Python does by default, so that stale bytecode
is as real here as there.
"""
import importlib.util
import linecache
import os
import sys
import traceback
from types import SimpleNamespace

_OWN = os.path.dirname(os.path.abspath(__file__))
_ZATO = os.path.join(_OWN, 'zato')

# Whether this Python marks the place in a line as Zato 4's does (3.12).
_OWN_CARETS = sys.version_info[:2] in ((3, 11), (3, 12))


def _with_carets(text):
    """A frame's line as it is shown, without and with its call marked."""
    call = text.partition(' = ')[2]
    line = '    {}\n'.format(text)
    return line, '{}    {}{}\n'.format(
        line, ' ' * (len(text) - len(call)), '^' * len(call))


def install_zato():
    """Makes `import zato` find the tiny package, and nothing else of ours."""
    sys.path[:] = [path for path in sys.path
                   if path and os.path.realpath(path) != os.path.dirname(_OWN)]
    spec = importlib.util.spec_from_file_location(
        'zato', os.path.join(_ZATO, '__init__.py'),
        submodule_search_locations=[_ZATO])
    zato = importlib.util.module_from_spec(spec)
    sys.modules['zato'] = zato
    spec.loader.exec_module(zato)
    return importlib.import_module('zato.server.service')


class _Refusal:
    """A finder that says that some modules are not there."""

    def __init__(self):
        self.names = ()

    def find_spec(self, name, path=None, target=None):
        if name in self.names:
            raise ModuleNotFoundError(
                'No module named {!r}'.format(name), name=name)
        return None


def _compile(frame, arguments, before, after, names):
    """A function with one line at the frame's place."""
    body = ['    ' + line for line in before + [frame.text] + after]
    lines = ['def {}({}):'.format(frame.function, arguments)] + body
    first = frame.line - 1 - len(before)
    source = '\n' * (first - 1) + '\n'.join(lines) + '\n'
    linecache.cache[frame.path] = (
        len(source), None, source.splitlines(True), frame.path)
    exec(compile(source, frame.path, 'exec'), names)
    return names[frame.function]


class Importer:
    """The imports of one version of Zato, in this process."""

    def __init__(self, profile):
        self._profile = profile
        self._refusal = _Refusal()
        self._calls = {}
        self._refuse_all = False
        sys.meta_path.insert(0, self._refusal)
        names = {}
        if profile.loader is not None:
            names = {'prepare': self._prepare, 'keep': self._keep}
            _compile(profile.loader, 'file_name, base_dir',
                     ['spec, mod = prepare(file_name)'],
                     ['return keep(mod)'], names)
        for lookup in profile.lookups:
            if profile.loader is None:
                arguments, after = 'mod_name, file_name', ['return mod']
                mine = {'imp': SimpleNamespace(load_source=self._load)}
            else:
                arguments = 'file_name, ' + (
                    'current_work_dir' if lookup.kind == 'connector'
                    else 'base_dir')
                after = ['return mod_info']
                mine = dict(names)
            self._calls[lookup.kind] = _compile(
                lookup.frame, arguments, [], after, mine)

    def _prepare(self, path):
        name = os.path.splitext(os.path.basename(path))[0]
        if self._refuse_all:
            raise ImportError('refused by the stand-in server', name=name)
        spec = importlib.util.spec_from_file_location(name, path)
        return spec, importlib.util.module_from_spec(spec)

    @staticmethod
    def _keep(mod):
        sys.modules[mod.__name__] = mod
        return mod

    def _load(self, name, path):
        del name
        spec, mod = self._prepare(path)
        spec.loader.exec_module(mod)
        return self._keep(mod)

    def set_refusal(self, names):
        """Modules that cannot be imported; 'all': nothing can."""
        self._refuse_all = names == 'all'
        self._refusal.names = () if self._refuse_all else tuple(
            name for name in names.split(',') if name)

    def load(self, lookup, path):
        """Imports the file once: (module, None) or (None, traceback)."""
        name = os.path.splitext(os.path.basename(path))[0]
        if self._profile.drops_bytecode:
            self._drop_bytecode(path)
        hidden = {refused: sys.modules.pop(refused)
                  for refused in self._refusal.names if refused in sys.modules}
        sys.dont_write_bytecode = False
        sys.pycache_prefix = None
        call = self._calls[lookup.kind]
        try:
            if self._profile.loader is None:
                return call(name, path), None
            return call(path, os.path.dirname(path)), None
        except BaseException as e:  # SystemExit too: whatever it raises
            return None, self._show(e)
        finally:
            sys.modules.update(hidden)

    @staticmethod
    def _drop_bytecode(path):
        for cached in (path + 'c', importlib.util.cache_from_source(path)):
            try:
                os.unlink(cached)
            except OSError:
                pass

    def _show(self, error):
        shown = traceback.TracebackException(
            type(error), error, error.__traceback__)
        self._clean(shown, set())
        text = ''.join(shown.format())
        if self._profile.carets and not _OWN_CARETS:
            for lookup in self._profile.lookups:
                text = text.replace(*_with_carets(lookup.frame.text))
        return text

    def _clean(self, shown, seen):
        """Leaves what Zato's own log would show."""
        if shown is None or id(shown) in seen:
            return
        seen.add(id(shown))
        shown.stack[:] = [frame for frame in shown.stack
                          if self._is_shown(frame)]
        if not self._profile.carets or not _OWN_CARETS:
            for frame in shown.stack:
                if hasattr(frame, 'colno'):
                    frame.colno = frame.end_colno = None
                    frame.end_lineno = frame.lineno
        self._clean(shown.__cause__, seen)
        self._clean(shown.__context__, seen)

    def _is_shown(self, frame):
        if frame.filename.startswith('<frozen importlib'):
            return self._profile.importlib_frames
        return not frame.filename.startswith(_OWN + os.sep)


def services_of(module, service_class):
    """The service classes that a module defines."""
    return [item for item in vars(module).values()
            if isinstance(item, type) and issubclass(item, service_class)
            and item.__module__ == module.__name__]


def models_of(module, model_class):
    """The names of the models that a module defines, as Zato writes them."""
    return sorted({'{}.{}'.format(module.__name__, item.__name__)
                   for item in vars(module).values()
                   if isinstance(item, type) and issubclass(item, model_class)
                   and item.__module__ == module.__name__})
