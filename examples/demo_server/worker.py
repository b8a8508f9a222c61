"""A worker process of a stand-in server: imports modules and logs for itself.

It gets one JSON object a line on its socket, does it, and answers with one.
"""
import contextlib
import ctypes
import json
import os
import random
import re
import signal
import sys
import time
import traceback

from . import importer as imports
from .database import Database
from .lock import held
from .log import Log, new_request_id, rest_line
from .profiles import CREATE, closing_lines

_PR_SET_PDEATHSIG = 1
_PARALLEL = 'zato.server.base.parallel'
_NAME = re.compile(r'''^\s+name\s*=\s*['"]([^'"]+)['"]''', re.M)
_DOUBLE_PAUSE = 0.05


def follow_parent(parent, signal_number):
    """Ends this process by a signal when its parent ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal_number)


class Worker:
    def __init__(self, folder, sock, knobs):
        self._folder = folder
        self._profile = folder.profile
        self._stream = sock.makefile('rwb')
        self._knobs = knobs
        self._log = Log(folder, knobs)
        self._database = Database(folder.database)
        self._threads = random.randint(80, 99)
        self._services = {}
        self._loaded = {}  # by module: the services of its last good import
        self._service_module = imports.install_zato()
        self._importer = imports.Importer(self._profile)

    def run(self):
        for line in self._stream:
            job = json.loads(line)
            self._knobs.update(job['knobs'])
            try:
                reply = getattr(self, '_do_' + job['op'])(job)
            except BaseException:
                reply = {'error': traceback.format_exc()}
                sys.stderr.write(reply['error'])
            self._stream.write(json.dumps(reply).encode() + b'\n')
            self._stream.flush()

    # Where lines come from.

    def _where(self, job):
        """Thread and request of the lines of one deploy."""
        if job.get('startup') and not self._profile.in_place:
            return {'thread': 'MainThread'}
        if self._profile.request_id:
            return {'thread': 'Dummy-6', 'request': job['request']}
        self._threads += 1
        if self._knobs['noise'] and job.get('origin') == 'cluster':
            self._noise()
        return {'thread': 'Dummy-{}'.format(self._threads)}

    def _noise(self):
        """What a server logs when another one calls it about a deploy."""
        rest_line(self._log, 'Dummy-{}'.format(self._threads), 'GET',
                  '/zato/ping', 'zato.ping', 0)
        self._threads += 1
        rest_line(self._log, 'Dummy-{}'.format(self._threads), 'POST',
                  '/zato/internal/invoke', 'zato.internal.invoke', 339)

    def _record(self, message, **where):
        if not self._knobs['mute']:
            self._log.record(message, **where)

    # Deploys.

    def _do_deploy(self, job):
        where = self._where(job)
        path = job['path']
        with open(job['source'], 'rb') as file:
            data = file.read()
        if self._knobs['witness']:
            return self._false_witness(path, data, job, where)
        with self._alone():
            if not self._profile.in_place:
                text = data.decode('utf-8')
                with open(path, 'w', encoding='utf-8', newline='') as file:
                    file.write(text)
            time.sleep(self._knobs['delay'])
            models, services, failed = self._import(path, where)
            self._close(path, models, services, job, where)
            if self._knobs['double']:
                time.sleep(_DOUBLE_PAUSE)
                self._close(path, models, services, job, where)
        if services and self._profile.shares and job['first']:
            self._database.add_services(
                services, os.path.basename(path), job['package'])
        return {'services': services, 'models': models, 'failed': failed}

    def _alone(self):
        """Workers that share a copy write and import it in turn."""
        if self._profile.in_place:
            return contextlib.nullcontext()
        return held(os.path.join(self._folder.private, 'deploy-lock'))

    def _import(self, path, where, lookups=None):
        """Imports as often as Zato does; errors go to the log."""
        self._importer.set_refusal(self._knobs['refuse'])
        base = self._service_module
        models, services, failed = [], [], False
        for lookup in lookups or self._profile.lookups:
            mod, trace = self._importer.load(lookup, path)
            if trace is not None:
                failed = True
                message = lookup.message or self._profile.could_not_load
                self._record(message.format(
                    name=os.path.splitext(os.path.basename(path))[0],
                    path=path, trace=trace),
                    level=lookup.level, logger=lookup.logger, **where)
            elif lookup.kind == 'model':
                models = imports.models_of(mod, base.Model)
            elif lookup.kind == 'service':
                found = imports.services_of(mod, base.Service)
                services = sorted({item.get_name() for item in found})
                named = {item.get_name(): item for item in found}
                self._services.update(named)
                self._loaded[os.path.basename(path)] = named
        return models, services, failed

    def _close(self, path, models, services, job, where):
        for level, message in closing_lines(
                self._profile, path, models, services, job['package']):
            self._record(message, level=level, logger=CREATE, **where)

    def _false_witness(self, path, data, job, where):
        names = sorted(_NAME.findall(data.decode('utf-8', 'replace')))
        self._close(path, [], names or ['demo.service'], job, where)
        return {'services': names, 'models': [], 'failed': False}

    # Starting.

    def _do_startup(self, job):
        server = self._folder.name
        where = {'thread': 'MainThread'}
        if self._profile.in_place:
            self._deploy_pickup(job)
            return {}
        self._log.info('Deploying user-defined services ({})'.format(server),
                       logger=_PARALLEL, **where)
        names = self._load_current(where)
        self._log.info('Deployed {} user-defined service{} ({})'.format(
            len(names), '' if len(names) == 1 else 's', server),
            logger=_PARALLEL, **where)
        self._load_missing(names, job, where)
        return {}

    def _deploy_pickup(self, job):
        """Zato 4 deploys all of its pickup directory again."""
        for folder, folders, files in os.walk(self._folder.pickup):
            folders[:] = sorted(name for name in folders
                                if name != '__pycache__')
            for name in sorted(files):
                if name.endswith('.py'):
                    path = os.path.join(folder, name)
                    self._do_deploy(dict(
                        job, path=path, source=path, package=0,
                        request=new_request_id()))

    def _load_current(self, where):
        """What the server's own copies hold: the names of the services."""
        names = set()
        services_only = [lookup for lookup in self._profile.lookups
                         if lookup.kind == 'service']
        for name in sorted(os.listdir(self._folder.current)):
            if name.endswith('.py'):
                path = os.path.join(self._folder.current, name)
                names.update(self._import(path, where, services_only)[1])
        return names

    def _load_missing(self, names, job, where):
        """What the database holds and the server lacks."""
        held = self._database.services()
        missing = {name: entry for name, entry in held.items()
                   if name not in names}
        if self._knobs['start-newest']:
            newest = self._database.newest()
            missing.update((name, dict(entry, package=newest[entry['module']]))
                           for name, entry in held.items())
        if not missing:
            return
        self._log.info('Found extra services to deploy: {}'.format(
            ', '.join(sorted(missing))), logger=_PARALLEL, **where)
        modules = {}
        for name, entry in missing.items():
            modules.setdefault(entry['module'], []).append((name, entry))
        for module, found in modules.items():
            package = max(entry['package'] for _, entry in found)
            self._do_deploy(dict(
                job, package=package,
                source=self._database.source_path(package),
                path=os.path.join(self._folder.current, module)))
            self._log.info('Deployed extra services found: {}'.format(
                sorted(name for name, _ in found)), logger=_PARALLEL, **where)

    # Asking what really runs.

    def _do_invoke(self, job):
        """Runs a service: what its code of now answers."""
        service = self._services.get(job['service'])
        if service is None:
            return {'pid': os.getpid(), 'error': 'no such service'}
        return dict(_answer(service, job.get('payload')), pid=os.getpid())

    def _do_loaded(self, job):
        """Runs every service of a module that is loaded now."""
        found = {}
        for name, service in self._loaded.get(job['module'], {}).items():
            answer = _answer(service, {})
            found[name] = answer.get('payload', answer)
        return {'pid': os.getpid(), 'loaded': found}


def _answer(service, payload):
    """{'payload': …} of a service's code, or {'error': …}."""
    try:
        instance = service()
        instance.request.payload = payload
        instance.request.input = payload
        instance.handle()
        json.dumps(instance.response.payload)
        return {'payload': instance.response.payload}
    except BaseException as e:  # whatever a module may raise
        return {'error': '{}: {}'.format(type(e).__name__, e)}


def start(folder, sock, knobs, parent):
    """The life of a worker process; never returns."""
    code = 1
    try:
        follow_parent(parent, signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # the server ends us
        out = os.open(folder.stdout,
                      os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.close(out)
        Worker(folder, sock, knobs).run()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
