import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { checkNode } from '../scripts/prepare/node.mjs';
import { installSettings } from '../scripts/prepare/settings.mjs';
import { makeCheckout, plainEnvironment } from './prepare/checkout.js';

const soon = { timeout: 20_000, interval: 10 };

describe('installation', () => {
  it('installs by the lockfile and builds, and says nothing on stdout', async () => {
    using checkout = makeCheckout();
    const { code, stdout, stderr } = await checkout.start().ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('prepare: installing the dependencies');
    expect(stderr).toContain('nothing is installed yet');
    expect(checkout.builds()).toBe(1);
    const [call, ...more] = checkout.installs();
    expect(more).toEqual([]);
    expect(call?.args.slice(0, 4)).toEqual(['ci', '--include=dev', '--include=optional', '--include=peer']);
  });

  it('installs once, and builds every time', async () => {
    using checkout = makeCheckout();
    await checkout.start().ended;
    const { code, stderr } = await checkout.start().ended;
    expect(code).toBe(0);
    expect(stderr).not.toContain('prepare:');
    expect(checkout.installs()).toHaveLength(1);
    expect(checkout.builds()).toBe(2);
  });

  it('installs again when the lockfile changed, or what it was installed with', async () => {
    using checkout = makeCheckout();
    await checkout.start().ended;
    writeFileSync(checkout.path('package-lock.json'), '{ "lockfileVersion": 3, "packages": { "": {} } }');
    const { stderr } = await checkout.start().ended;
    expect(stderr).toContain('the lockfile, Node or the platform changed');
    writeFileSync(checkout.path('node_modules', '.prepared'), 'the stamp of another Node');
    await checkout.start().ended;
    expect(checkout.installs()).toHaveLength(3);
  });

  it('installs the benchmarks only when they are asked for, with a stamp of their own', async () => {
    using checkout = makeCheckout();
    await checkout.start().ended;
    await checkout.start({}, '--bench').ended;
    await checkout.start({}, '--bench').ended;
    const folders = checkout.installs().map((call) => call.cwd.endsWith('bench'));
    expect(folders).toEqual([false, true]);
  });

  it('never empties a node_modules that is a link: it replaces the link', async () => {
    using checkout = makeCheckout();
    mkdirSync(checkout.path('elsewhere'));
    writeFileSync(checkout.path('elsewhere', 'precious'), '');
    symlinkSync(checkout.path('elsewhere'), checkout.path('node_modules'));
    expect((await checkout.start().ended).code).toBe(0);
    expect(existsSync(checkout.path('elsewhere', 'precious'))).toBe(true);
    expect(checkout.installs()).toHaveLength(1);
    expect((await checkout.start().ended).code).toBe(0);
    expect(checkout.installs()).toHaveLength(1);
  });

  it('keeps stdout for the command, run through the real npm', async () => {
    using checkout = makeCheckout();
    await checkout.start().ended;
    const scripts = { prestart: 'node scripts/prepare.mjs', start: 'node print.js' };
    writeFileSync(checkout.path('package.json'), JSON.stringify({ name: 'fake', type: 'module', scripts }));
    writeFileSync(checkout.path('print.js'), 'console.log(JSON.stringify(process.argv.slice(2)))');
    const env = { ...plainEnvironment(), FAKE_LOG: checkout.path('calls.log') };
    const npm = spawnSync('npm', ['start', '--silent', '--', '--json'], {
      cwd: checkout.root,
      env,
      encoding: 'utf8',
    });
    expect({ status: npm.status, stdout: JSON.parse(npm.stdout) }).toEqual({ status: 0, stdout: ['--json'] });
    expect(npm.stderr).toContain('the compiler speaks on stdout');
  });
});

describe('what npm sees', () => {
  it('neither NODE_ENV nor the settings of the npm outside', async () => {
    using checkout = makeCheckout();
    await checkout.start({
      NODE_ENV: 'production',
      npm_config_omit: 'dev',
      npm_config_production: 'true',
      NPM_CONFIG_GLOBAL: 'true',
      npm_config_loglevel: 'silent',
      npm_package_name: 'mortar-monorepo',
      npm_lifecycle_event: 'pretest',
    }).ended;
    expect(checkout.installs()[0]?.env).toEqual({});
  });

  it('where packages come from, and how to get there', () => {
    const kept = {
      NPM_CONFIG_REGISTRY: 'https://registry.example',
      npm_config_https_proxy: 'http://proxy.example:3128',
      npm_config_cafile: '/etc/ca.pem',
      NPM_CONFIG_FETCH_RETRIES: '0',
      'npm_config_@acme:registry': 'https://acme.example',
      'npm_config_//acme.example/:_authToken': 'secret',
      npm_config_userconfig: '/home/me/.npmrc',
      PATH: '/bin',
      HTTPS_PROXY: 'http://proxy.example:3128',
    };
    const dropped = {
      npm_config_dry_run: 'true',
      npm_config_prefix: '/x',
      NPM_EXECPATH: '/x',
      npm_command: 'test',
    };
    expect(installSettings({ ...kept, ...dropped, NODE_ENV: 'test' })).toEqual(kept);
  });
});

describe('two at once', () => {
  it('the second waits, says so, and finds everything installed', async () => {
    using checkout = makeCheckout();
    const first = checkout.start(checkout.gated);
    await vi.waitFor(() => expect(checkout.installs()).toHaveLength(1), soon);
    const second = checkout.start(checkout.gated);
    await vi.waitFor(() => expect(second.said()).toContain(`process ${first.process.pid}`), soon);
    checkout.openGate();
    const codes = (await Promise.all([first.ended, second.ended])).map((ended) => ended.code);
    expect(codes).toEqual([0, 0]);
    expect(checkout.installs()).toHaveLength(1);
    expect(existsSync(checkout.path('.prepare.lock'))).toBe(false);
  });

  it('six at once install once', async () => {
    using checkout = makeCheckout();
    // A dead holder to begin with, so that all six race to take its lock over.
    writeLock(checkout.path('.prepare.lock'), [deadPid()]);
    const all = Array.from({ length: 6 }, () => checkout.start());
    const codes = (await Promise.all(all.map((one) => one.ended))).map((ended) => ended.code);
    expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
    expect(checkout.installs()).toHaveLength(1);
  });
});

describe('interruption', () => {
  it('after a kill in the middle of an installation, the next one waits for the orphaned npm and installs again', async () => {
    using checkout = makeCheckout();
    const first = checkout.start(checkout.gated);
    await vi.waitFor(() => expect(checkout.installs()).toHaveLength(1), soon);
    first.process.kill('SIGKILL');
    await first.ended;
    const second = checkout.start();
    await vi.waitFor(() => expect(second.said()).toContain('waiting for it'), soon);
    expect(checkout.installs()).toHaveLength(1);
    process.kill(checkout.installs()[0]?.pid ?? Number.NaN, 'SIGKILL');
    expect((await second.ended).code).toBe(0);
    expect(checkout.installs()).toHaveLength(2);
    expect(checkout.builds()).toBe(1);
  });

  it('a signal ends npm first, then prepare, and leaves neither lock nor stamp', async () => {
    using checkout = makeCheckout();
    const running = checkout.start(checkout.gated);
    await vi.waitFor(() => expect(checkout.installs()).toHaveLength(1), soon);
    running.process.kill('SIGTERM');
    expect((await running.ended).code).toBe(143);
    expect(() => process.kill(checkout.installs()[0]?.pid ?? Number.NaN, 0)).toThrow('ESRCH');
    expect(existsSync(checkout.path('.prepare.lock'))).toBe(false);
    expect((await checkout.start().ended).code).toBe(0);
    expect(checkout.installs()).toHaveLength(2);
  });

  it('the lock of a dead process is taken over, that of another machine only after a minute of silence', async () => {
    using checkout = makeCheckout();
    const lock = checkout.path('.prepare.lock');
    writeLock(lock, [deadPid()]);
    expect((await checkout.start().ended).code).toBe(0);
    writeLock(lock, [deadPid()], 'another-machine');
    const waiting = checkout.start();
    await vi.waitFor(() => expect(waiting.said()).toContain('waiting for it'), soon);
    const twoMinutesAgo = new Date(Date.now() - 120_000);
    utimesSync(lock, twoMinutesAgo, twoMinutesAgo);
    expect((await waiting.ended).code).toBe(0);
  });
});

// Elsewhere there is no /proc to tell.
describe.runIf(process.platform === 'linux')('on Linux, where a process can be seen to be a zombie', () => {
  it('a killed holder whose parent takes no note of it is dead', async () => {
    using checkout = makeCheckout();
    // The shell starts a child and becomes a program that never asks how it ended; only then is the child killed.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const pid = Number(String(await once(parent.stdout, 'data')));
    await vi.waitFor(() => expect(readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('cat\n'), soon);
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '), soon);
    writeLock(checkout.path('.prepare.lock'), [pid]);
    expect(await checkout.start().ended).toMatchObject({ code: 0 });
    expect(() => process.kill(pid, 0)).not.toThrow();
    parent.stdin.end();
    await once(parent, 'exit');
  });
});

describe('failure', () => {
  it('of npm ends with a message and code 1, and is tried again', async () => {
    using checkout = makeCheckout();
    const { code, stderr, stdout } = await checkout.start({ FAKE_EXIT: '7' }).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('npm ci failed');
    expect(stderr).toContain('exit code 7');
    expect(checkout.builds()).toBe(0);
    expect((await checkout.start().ended).code).toBe(0);
    expect(checkout.installs()).toHaveLength(2);
  });

  it('of the build ends with a message and code 1', async () => {
    using checkout = makeCheckout();
    const { code, stderr } = await checkout.start({ FAKE_TSC_EXIT: '2' }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('the build failed (tsc -b: exit code 2)');
    expect(existsSync(checkout.path('.prepare.lock'))).toBe(false);
  });

  it('for want of a lockfile says so', async () => {
    using checkout = makeCheckout();
    rmSync(checkout.path('package-lock.json'));
    const { code, stderr } = await checkout.start().ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^prepare: .*package-lock\.json is missing.*\n$/);
  });

  it.each(['18.20.0', '20.18.3', '19.9.0', '0.12.18'])('Node %s is refused', (version) => {
    expect(() => checkNode(version)).toThrow(`Expected 20.19 or later; got ${version}`);
  });

  it.each(['20.19.0', '20.20.2', '22.0.0', '26.1.0'])('Node %s is taken', (version) => {
    expect(() => checkNode(version)).not.toThrow();
  });
});

function writeLock(path: string, pids: readonly number[], host = hostname()): void {
  writeFileSync(path, JSON.stringify({ nonce: 'of a dead holder', host, pids }));
  expect(readFileSync(path, 'utf8')).toContain('dead holder');
}

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}
