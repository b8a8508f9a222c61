"""Folders of an environment and of its servers: made, and found again."""
import configparser
import json
import os
import time

from .profiles import PROFILES

PRIVATE = '.demo-server'
MARK = 'demo-server stand-in'
FIRST_PORT = 17010
MAX_SERVERS = 99

_SERVER_CONF = '''\
# Of a {mark}, not of Zato itself.

[main]
gunicorn_bind=127.0.0.1:{port}
gunicorn_worker_class=gevent
gunicorn_workers={workers}
gunicorn_timeout=1234567890
debug_enabled=False

[hot_deploy]
pickup_dir={pickup}
work_dir=../../work
backup_history=100
backup_format=bztar
delete_after_pickup={delete}

# These three are relative to work_dir
current_work_dir=./hot-deploy/current
backup_work_dir=./hot-deploy/backup
last_backup_work_dir=./hot-deploy/backup/last
'''


class LayoutError(Exception):
    """A folder is not what it should be; the text says what to do."""


def _write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def _write_info(folder, component, version):
    _write(os.path.join(folder, '.zato-info'), json.dumps({
        'version': '{}-stand-in (demo-server)'.format(version),
        'created_user_host': MARK,
        'created_ts': time.strftime('%Y-%m-%dT%H:%M:%S'),
        'component': component}))


def _create_server(folder, profile, workers, delete, port):
    repo = os.path.join(folder, 'config', 'repo')
    pickup = os.path.normpath(os.path.join(repo, profile.pickup_dir))
    for path in ('logs', 'work/hot-deploy/current', 'work/hot-deploy/backup/'
                 'last', PRIVATE):
        os.makedirs(os.path.join(folder, path))
    os.makedirs(pickup)
    for name in profile.pickup_beside:
        os.makedirs(os.path.join(os.path.dirname(pickup), name))
    _write(os.path.join(repo, 'server.conf'), _SERVER_CONF.format(
        mark=MARK, port=port, workers=workers, pickup=profile.pickup_dir,
        delete=delete))
    _write(os.path.join(repo, 'service-sources.txt'),
           '# One folder or module a line.\n')
    _write(os.path.join(folder, PRIVATE, 'profile'), profile.name + '\n')
    if profile.name != 'zato-2':
        _write_info(folder, 'SERVER', profile.version)


def create(folder, profile, servers, workers=1, delete_after_pickup=False):
    """Lays out an environment below `folder`, which must be new or empty."""
    profile = PROFILES[profile]
    folder = os.path.abspath(folder)
    if os.path.exists(folder) and (
            not os.path.isdir(folder) or os.listdir(folder)):
        raise LayoutError(
            '{} is there already: name a new folder'.format(folder))
    if not 1 <= servers <= MAX_SERVERS:
        raise LayoutError('--servers takes 1 to {}'.format(MAX_SERVERS))
    if workers < 1:
        raise LayoutError('--workers takes 1 or more')
    os.makedirs(folder, exist_ok=True)
    for number in range(1, servers + 1):
        _create_server(os.path.join(folder, 'server{}'.format(number)),
                       profile, workers, delete_after_pickup,
                       FIRST_PORT + number - 1)
    for name, component in (('load-balancer', 'LOAD_BALANCER'),
                            ('scheduler', 'SCHEDULER'),
                            ('web-admin', 'WEB_ADMIN')):
        os.makedirs(os.path.join(folder, name, 'config', 'repo'))
        os.makedirs(os.path.join(folder, name, 'logs'))
        if profile.name != 'zato-2':
            _write_info(os.path.join(folder, name), component, profile.version)


def servers_of(path):
    """The server folders that a path means: itself, or those below it."""
    below = sorted(entry.path for entry in os.scandir(path)
                   if os.path.isdir(os.path.join(entry.path, PRIVATE)))
    return below if below else [path]


class ServerFolder:
    """A server's folder and what its server.conf says."""

    def __init__(self, path):
        self.path = os.path.realpath(path)
        self.name = os.path.basename(self.path)
        self.repo = os.path.join(self.path, 'config', 'repo')
        self.conf = os.path.join(self.repo, 'server.conf')
        self.private = os.path.join(self.path, PRIVATE)
        self.environment = os.path.dirname(self.path)
        self.database = os.path.join(self.environment, PRIVATE)
        self.log = os.path.join(self.path, 'logs', 'server.log')
        self.listener_log = os.path.join(
            self.path, 'logs', 'file-listener.log')
        self.stdout = os.path.join(self.path, 'logs', 'stdout.log')
        self.pidfile = os.path.join(self.path, 'pidfile')
        self._read()

    def _read(self):
        try:
            with open(os.path.join(self.private, 'profile'),
                      encoding='utf-8') as file:
                self.profile = PROFILES[file.read().strip()]
        except (OSError, KeyError):
            raise LayoutError(
                '{} is not a server made by demo-server create'.format(
                    self.path)) from None
        conf = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            with open(self.conf, encoding='utf-8') as file:
                conf.read_file(file)
            hot_deploy = conf['hot_deploy']
            pickup = hot_deploy['pickup_dir']
            work = os.path.join(self.repo, hot_deploy['work_dir'])
            current = os.path.join(work, hot_deploy['current_work_dir'])
            self.workers = conf.getint('main', 'gunicorn_workers')
            self.bind = conf.get('main', 'gunicorn_bind')
            self.delete_after_pickup = hot_deploy.getboolean(
                'delete_after_pickup', fallback=False)
        except (OSError, KeyError, ValueError, configparser.Error) as e:
            raise LayoutError('{}: {}'.format(self.conf, e)) from None
        self.pickup = os.path.normpath(os.path.join(self.repo, pickup))
        self.current = os.path.normpath(current)
