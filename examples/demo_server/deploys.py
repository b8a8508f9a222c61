"""The deploys of one server: from a notice to every worker's answer."""
import os
import tempfile

from .log import ListenerLog, new_request_id

_PARALLEL_CREATE = 'zato.hot-deploy.create'


class Deploys:
    """Queues deploys and runs one at a time.

    `later(seconds, call)` is the server's clock.
    """

    def __init__(self, folder, knobs, pool, database, log, later):
        self._folder = folder
        self._profile = folder.profile
        self._knobs = knobs
        self._pool = pool
        self._database = database
        self._log = log
        self._later = later
        self._listener = ListenerLog(folder)
        self._queue = []
        self._job = None
        self.counters = {'noticed': 0, 'lost': 0, 'deployed': 0, 'failed': 0}

    def is_busy(self):
        return self._job is not None or bool(self._queue)

    # Where deploys come from.

    def notice(self, path):
        """A watcher has seen this file."""
        self.counters['noticed'] += 1
        if self._profile.in_place:
            self._listener.record('File closed', path)
            self._listener.record('File ready', path)
        if self._knobs['deaf'] or self._knobs['drop'] > 0:
            self._knobs['drop'] = max(0, self._knobs['drop'] - 1)
            self.counters['lost'] += 1
            self._say_handled(path)
            return
        try:
            with open(path, 'rb') as file:
                data = file.read()
        except OSError:
            self.counters['lost'] += 1
            return
        module = os.path.basename(path)
        if self._folder.delete_after_pickup and self._profile.shares:
            os.unlink(path)
        older = self._older(module, data)
        order = {'before': [older, data], 'after': [data, older],
                 'instead': [older]}.get(self._knobs['foreign'], [data])
        for version in order if older is not None else [data]:
            origin = 'pickup' if version is data else 'foreign'
            self._add(module, path, version, origin)
        self._next()

    def announced(self, package):
        """Another server has told of a package."""
        info = self._database.info(package)
        if info['server'] == self._folder.name or self._knobs['deaf']:
            return
        self._queue.append({
            'op': 'deploy', 'origin': 'cluster', 'package': package,
            'path': os.path.join(self._folder.current, info['module']),
            'source': self._foreign_file() or
            self._database.source_path(package)})
        self._next()

    def _foreign_file(self):
        """A file whose bytes this server takes instead, or None."""
        foreign = self._knobs['foreign']
        if os.path.isabs(foreign) and os.path.isfile(foreign):
            return foreign
        return None

    def _older(self, module, data):
        older = self._database.older(module, data)
        if self._profile.in_place:
            # Nothing is shared there; only `foreign` needs older versions.
            self._database.store(module, data, self._folder.name)
        return older

    def _add(self, module, path, data, origin):
        job = {'op': 'deploy', 'origin': origin, 'package': 0, 'path': path,
               'source': path, 'noticed': path}
        if self._profile.in_place:
            job['request'] = new_request_id()
            job['data'] = self._replacement(data)
        else:
            job['package'] = self._database.store(
                module, data, self._folder.name)
            job['source'] = self._foreign_file() or \
                self._database.source_path(job['package'])
            job['path'] = os.path.join(self._folder.current, module)
        self._queue.append(job)

    def _replacement(self, data):
        """What is put into the pickup directory before an import, or None."""
        if self._foreign_file():
            with open(self._foreign_file(), 'rb') as file:
                return file.read()
        return data if self._knobs['foreign'] != 'off' else None

    # How they run.

    def _next(self):
        if self._job is not None or not self._queue:
            return
        job = self._job = self._queue.pop(0)
        data = job.pop('data', None)
        if data is not None:
            _write_if_other(job['path'], data)
        self._pool.submit(job, self._finish)

    def _finish(self, replies):
        job, self._job = self._job, None
        bad = [reply for reply in replies
               if 'error' in reply or reply.get('failed')]
        self.counters['failed' if bad else 'deployed'] += 1
        if job['origin'] != 'cluster':
            self._say_handled(job['path'])
            if self._profile.shares:
                self._later(self._knobs['share'],
                            lambda: self._database.announce(job['package']))
            self._redeploy_dependants(os.path.basename(job['path']))
        self._next()

    def _say_handled(self, path):
        """The listener says so whatever happened."""
        if self._profile.in_place:
            self._listener.record('Deployed ->', path)

    def _redeploy_dependants(self, module):
        dependants = self._knobs['dependants']
        if module in dependants:
            return
        held = self._folder.pickup if self._profile.in_place \
            else self._folder.current
        paths = [os.path.join(held, name) for name in dependants]
        paths = [path for path in paths if os.path.exists(path)]
        if not paths:
            return
        if not self._profile.in_place:
            self._log.info(
                "Model class `<class '{}.Model'>` changed; auto-redeploying "
                '`{}`'.format(os.path.splitext(module)[0], paths),
                logger=_PARALLEL_CREATE, thread='Dummy-79')
        for path in paths:
            self._copy_to_pickup(path)

    def _copy_to_pickup(self, path):
        with open(path, 'rb') as file:
            data = file.read()
        name = os.path.basename(path)
        with open(os.path.join(self._folder.pickup, name), 'wb') as file:
            file.write(data)


def _write_if_other(path, data):
    """A colleague's editor: the file is replaced, whoever looks."""
    with open(path, 'rb') as file:
        if file.read() == data:
            return
    fd, name = tempfile.mkstemp(dir=os.path.dirname(path))
    with os.fdopen(fd, 'wb') as file:
        file.write(data)
    os.rename(name, path)
