import { dateTime } from '../../appliance/date-time.ts';

export function dateTimeOrNull(moment: Date | null | undefined): string | null {
  return moment ? dateTime(moment) : null;
}
