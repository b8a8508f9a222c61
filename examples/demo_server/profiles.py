"""What differs between the versions of Zato that the stand-in imitates.

Taken from logs of real servers (3.2, 4.1) and, for 2.0, from reading it.
"""
import os


class Frame:
    """One frame of Zato's own code in a traceback: where, and what it says."""

    def __init__(self, path, line, function, text):
        self.path = path
        self.line = line
        self.function = function
        self.text = text


class Profile:
    """One version. `lookups` are the imports that each deploy makes."""

    def __init__(self, name, version, **facts):
        self.name = name
        self.version = version
        self.colours = facts.get('colours', False)
        self.line_number = facts['line_number']
        self.request_id = facts.get('request_id', False)
        self.in_place = facts.get('in_place', False)
        self.pickup_dir = facts['pickup_dir']
        self.pickup_beside = facts.get('pickup_beside', ())
        self.moves_noticed = facts.get('moves_noticed', False)
        self.drops_bytecode = facts.get('drops_bytecode', False)
        self.carets = facts.get('carets', False)
        self.importlib_frames = facts.get('importlib_frames', True)
        self.lookups = facts['lookups']
        self.loader = facts['loader']
        self.could_not_load = facts['could_not_load']

    @property
    def shares(self):
        """Whether servers share deploys through the cluster's database."""
        return not self.in_place


class Lookup:
    """One import of a deploy: the kind it looks for and its frame."""

    def __init__(self, kind, level, logger, frame, message=None):
        self.kind = kind
        self.level = level
        self.logger = logger
        self.frame = frame
        self.message = message


STORE = 'zato.server.service.store'
CREATE = 'zato.hot-deploy.create'
COULD_NOT_LOAD = 'Could not load source, file_name:`{path}`, e:`{trace}`'
_BESIDE = ('json', 'xml', 'csv', 'user-conf', 'static')
_CALL = 'mod_info = import_module_from_path(file_name, {})'


def _objects(path, line):
    return Frame(path, line, 'import_objects_from_file',
                 _CALL.format('base_dir'))


def _zato_2():
    frame = Frame(
        '/opt/zato/current/zato-server/src/zato/server/service/store.py', 154,
        'import_services_from_file',
        'mod = imp.load_source(mod_name, file_name)')
    return Profile(
        'zato-2', 'Zato 2.0', line_number=22, pickup_dir='../../pickup-dir',
        moves_noticed=True, drops_bytecode=True, importlib_frames=False,
        lookups=[Lookup('service', 'ERROR', STORE, frame)], loader=None,
        could_not_load='Could not load source mod_name:[{name}] '
                       'file_name:[{path}], e:[{trace}]')


def _zato_32():
    base = '/opt/zato/current/'
    frame = _objects(
        base + 'zato-server/src/zato/server/service/store.py', 1455)
    return Profile(
        'zato-3.2', 'Zato 3.2', colours=True, line_number=0,
        pickup_dir='../../pickup/incoming/services', pickup_beside=_BESIDE,
        lookups=[Lookup('model', 'ERROR', STORE, frame),
                 Lookup('service', 'ERROR', STORE, frame)],
        loader=Frame(base + 'zato-common/src/zato/common/util/api.py', 670,
                     'import_module_from_path', 'spec.loader.exec_module(mod)'),
        could_not_load=COULD_NOT_LOAD)


def _zato_4():
    base = '/opt/zato/current/code/'
    server = base + 'zato-server/src/zato/server/service/'
    connectors = Frame(
        server + 'internal/hot_deploy/__init__.py', 213,
        '_deploy_sdk_connectors', _CALL.format('current_work_dir'))
    frame = _objects(server + 'store.py', 1189)
    return Profile(
        'zato-4', 'Zato 4.1', line_number=21, request_id=True, in_place=True,
        pickup_dir='../../pickup/incoming/services', pickup_beside=_BESIDE,
        carets=True,
        lookups=[Lookup('connector', 'WARNING', CREATE, connectors,
                        'Could not import module `{path}` to look for '
                        'connectors, e:`{trace}`'),
                 Lookup('model', 'ERROR', STORE, frame),
                 Lookup('service', 'ERROR', STORE, frame)],
        loader=Frame(base + 'zato-common/src/zato/common/util/api.py', 708,
                     'import_module_from_path', 'spec.loader.exec_module(mod)'),
        could_not_load=COULD_NOT_LOAD)


PROFILES = {profile.name: profile
            for profile in (_zato_2(), _zato_32(), _zato_4())}


def deployed_line(path, names, noun):
    """`Deployed 2 services from …`: singular for one."""
    suffix = '' if len(names) == 1 else 's'
    return 'Deployed {} {}{} from `{}` -> {}'.format(
        len(names), noun, suffix, path, sorted(names))


def closing_lines(profile, path, models, services, package):
    """(level, message) of the lines that end a deploy."""
    module = os.path.basename(path)
    if profile.name == 'zato-2':
        if services:
            return [('INFO', 'Uploaded package id:[{}], payload_name:[{}]'
                     .format(package, module))]
        return [('WARNING', 'Package id:[{}], payload_name:[{}] has not been '
                 'deployed'.format(package, module))]
    lines = []
    if models:
        lines.append(('INFO', deployed_line(path, models, 'model')))
    if services:
        lines.append(('INFO', deployed_line(path, services, 'service')))
    if not lines and profile.in_place:
        lines.append(('INFO', 'No services, models nor connector types were '
                      'deployed from module `{}`'.format(path)))
    elif not lines:
        lines.append(('INFO', 'No services nor models were deployed from '
                      'module `{}`'.format(module)))
    return lines
