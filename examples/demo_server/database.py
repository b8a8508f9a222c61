"""The cluster's database: packages that servers share, and their services.

A folder of the environment. A package is NUMBER.py with its bytes and
NUMBER.json about it; announced/NUMBER tells the other servers of it.
"""
import json
import os

from .lock import held


class Database:
    def __init__(self, folder):
        self.packages = os.path.join(folder, 'packages')
        self.announced = os.path.join(folder, 'announced')
        self._services = os.path.join(folder, 'services.json')
        self._lock = os.path.join(folder, 'lock')
        os.makedirs(self.packages, exist_ok=True)
        os.makedirs(self.announced, exist_ok=True)

    def source_path(self, package):
        return os.path.join(self.packages, '{:08d}.py'.format(package))

    def _info_path(self, package):
        return os.path.join(self.packages, '{:08d}.json'.format(package))

    def numbers(self):
        return sorted(int(name[:8]) for name in os.listdir(self.packages)
                      if name.endswith('.json'))

    def announced_numbers(self):
        return sorted(int(name) for name in os.listdir(self.announced)
                      if name.isdigit())

    def store(self, module, data, server):
        """Keeps a package and returns its number."""
        with held(self._lock):
            numbers = self.numbers()
            package = numbers[-1] + 1 if numbers else 1
            with open(self.source_path(package), 'wb') as file:
                file.write(data)
            _replace(self._info_path(package),
                     {'module': module, 'server': server})
        return package

    def info(self, package):
        with open(self._info_path(package), encoding='utf-8') as file:
            return json.load(file)

    def source(self, package):
        with open(self.source_path(package), 'rb') as file:
            return file.read()

    def announce(self, package):
        with open(os.path.join(self.announced, '{:08d}'.format(package)),
                  'wb'):
            pass

    def add_services(self, names, module, package):
        """Notes which package holds these services now."""
        with held(self._lock):
            services = self.services()
            for name in names:
                services[name] = {'module': module, 'package': package}
            _replace(self._services, services)

    def services(self):
        try:
            with open(self._services, encoding='utf-8') as file:
                return json.load(file)
        except FileNotFoundError:
            return {}

    def newest(self):
        """The newest package of each module."""
        found = {}
        for package in self.numbers():
            found[self.info(package)['module']] = package
        return found

    def older(self, module, data):
        """The newest bytes of a module that are not these, or None."""
        for package in reversed(self.numbers()):
            if self.info(package)['module'] == module:
                other = self.source(package)
                if other != data:
                    return other
        return None


def _replace(path, value):
    with open(path + '.new', 'w', encoding='utf-8') as file:
        json.dump(value, file)
    os.rename(path + '.new', path)
