/** The rules of a jump and what else may be asked. */
const RULES: Record<string, string> = {
  account: 'Account',
  jump_item: 'Jump Item',
  jump_method: 'Jump method',
  jumpoint: 'Jumpoint',
  jump_item_role: 'Jump Item Role',
  jump_policy: 'Jump Policy',
  session_permissions: 'Session permissions',
  simultaneous_jumps: 'Several at once',
  right: 'Right',
  operation: 'Operation',
};

/** What a rule is about. */
export function ruleInWords(rule: string): string {
  return RULES[rule] ?? rule.replaceAll('_', ' ');
}
