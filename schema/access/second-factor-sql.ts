/** Condition: the person with this id (a column) has a second factor registered. */
export function hasSecondFactor(userId: string): string {
  return `(exists (select from user_second_factor f where f.user_id = ${userId} and f.totp_confirmed_at is not null)
    or exists (select from user_passkey k where k.user_id = ${userId}))`;
}
