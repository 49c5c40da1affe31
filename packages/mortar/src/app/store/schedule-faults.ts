import { describeValue, type Issue, messageOf } from '../../errors/index.js';
import type { Module, ModuleSchedule } from '../../modules/index.js';

/** Schedules whose times can't be told, since there is no such expression or time zone. */
export async function scheduleFaults(modules: readonly Module[]): Promise<readonly Issue[]> {
  const schedules = modules.flatMap((module) => module.schedules);
  if (schedules.length === 0) return [];
  // Loaded by those who have a schedule only.
  const { Cron } = await import('croner');
  return schedules.flatMap((schedule) => {
    const { cron, timezone = 'UTC' } = schedule;
    try {
      new Cron(cron, { timezone, paused: true }).nextRun(new Date(0));
      return [];
    } catch (error) {
      return [faultOf(schedule, error)];
    }
  });
}

function faultOf({ name, cron, timezone = 'UTC', place }: ModuleSchedule, error: unknown): Issue {
  const times = `${describeValue(cron)} in ${describeValue(timezone)}`;
  const message = `has the times ${times}, at ${place}, which can't be read: ${messageOf(error)}`;
  return { path: `schedule ${name}`, message, code: 'MORTAR_SCHEDULE_INVALID' };
}
