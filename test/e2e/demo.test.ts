// The demo as a user runs it: cut off in the middle it leaves nothing behind; to its end it prints one JSON document.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { DemoReport } from '../../src/cli/demo/report.ts';
import { killPrograms, processesWith, runProgram, startProgram, until } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-demo-test-'));
after(() => {
  killPrograms();
  rmSync(folder, { recursive: true, force: true });
});

describe('alchemiscale demo', () => {
  test('Ctrl-C while it computes ends it cleanly, with nothing left running and no folder left', async () => {
    const program = startProgram(['demo', '--quick', '--protocol', 'harmonic'], { TMPDIR: folder });
    await until(() => /◐ [1-9]/.test(program.stderr()), 'a task runs');
    program.child.kill('SIGINT');
    assert.equal(await program.ended, 130, program.stderr());
    assert.equal(program.stdout(), '');
    await until(() => processesWith(folder).length === 0, 'its processes are gone', 10_000);
    assert.deepEqual(
      readdirSync(folder).filter(name => name.startsWith('alchemiscale-demo-')),
      [],
    );
  });

  test('--json prints one document, with the exact answers beside the estimates; --keep leaves the data', async () => {
    const keep = join(folder, 'kept');
    const args = ['demo', '--quick', '--protocol', 'harmonic', '--json', '--keep', keep];
    const { exitCode, stdout, stderr } = await runProgram(args);
    assert.equal(exitCode, 0, stderr);
    const report: DemoReport = JSON.parse(stdout);
    assert.equal(report.protocol, 'HarmonicProtocol');
    assert.equal(report.rows.length, 5);
    for (const { name, estimate, uncertainty, reference, repeats, unit } of report.rows) {
      assert.equal(unit, 'kcal/mol');
      assert.equal(repeats, 3);
      assert.ok(estimate !== null && uncertainty !== null, name);
      // Unconverged, but far nearer than any mistake of sign, unit or direction would leave it.
      assert.ok(Math.abs(estimate - reference) < 0.5, `${name}: ${estimate}, exactly ${reference}`);
    }
    assert.ok(existsSync(join(keep, 'state.db')));
  });
});
