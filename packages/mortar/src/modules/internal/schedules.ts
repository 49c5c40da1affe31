import { checkKeys, checkOneOf, describeValue, MortarError } from '../../errors/index.js';
import type { ModuleSchedule, ScheduleTimes } from '../schedule.js';
import { isEvent, isFunction, isOptions } from './arguments.js';
import { checkIn, invalid } from './fault.js';
import { checkOwner } from './handlers.js';
import type { Site } from './place.js';

type Arguments = readonly unknown[];

const NAME = /^[\w.-]{1,100}$/;

/** @throws MortarError `MORTAR_MODULE_INVALID`, `MORTAR_NOT_OWNER`, `MORTAR_OPTIONS_INVALID`, `MORTAR_SCHEDULE_INVALID` */
export function scheduleOf({ module, place }: Site, args: Arguments): ModuleSchedule {
  const [name, cron, event, data, options = {}] = args;
  const label = `schedule ${describeValue(name)}`;
  if (!isEvent(event)) throw invalid(module, `${label} publishes an event.`, 'an event', event);
  checkOwner(module, 'schedule', event);
  if (!isOptions(options)) throw invalid(module, `${label} takes options.`, 'an object', options);
  checkIn(module, label, () => {
    checkKeys('schedule', options, ['timezone', 'missed']);
    if (options['missed'] !== undefined) checkOneOf('missed', options['missed'], ['once', 'skip']);
    checkText('name', NAME, '1 to 100 letters, digits, dots and dashes', name);
    checkText('cron expression', /\S/, 'a text of five or six fields', cron);
    if (options['timezone'] !== undefined)
      checkText('timezone', /\S/, 'a name of the time zone database', options['timezone']);
  });
  return {
    name: `${module}/${String(name)}`,
    cron: String(cron),
    event,
    data: isFunction(data) ? (data as ModuleSchedule['data']) : () => data,
    place,
    // They were looked at above.
    ...(options as ScheduleTimes),
  };
}

function checkText(what: string, form: RegExp, expected: string, value: unknown): void {
  if (typeof value === 'string' && form.test(value)) return;
  throw new MortarError('MORTAR_SCHEDULE_INVALID', {
    rule: `The ${what} of a schedule is well formed.`,
    expected,
    got: describeValue(value),
  });
}
