import { type Answered, client, everyPage, type Schema } from './api.ts';
import { useSession } from './signed-in.tsx';
import { useLoaded } from './use-loaded.ts';

export interface Choice {
  value: string;
  label: string;
}

const NONE: Choice[] = [];

function useChoices<T>(
  key: string,
  get: (page: number, signal: AbortSignal) => Promise<Answered<T[]>>,
  show: (entry: T) => Choice,
  offered?: (entry: T) => boolean,
): Choice[] {
  const { data } = useLoaded(key, (signal) => everyPage((page) => get(page, signal)));
  return data?.filter((entry) => offered?.(entry) ?? true).map(show) ?? NONE;
}

const at = (page: number) => ({ params: { query: { per_page: 100, current_page: page } } });
const named = (entry: { id: number; name: string }): Choice => ({
  value: String(entry.id),
  label: entry.name,
});
const displayed = (entry: { id: number; display_name: string }): Choice => ({
  value: String(entry.id),
  label: entry.display_name,
});

export function useJumpGroupChoices(): Choice[] {
  return useChoices(
    'jump groups',
    (page, signal) => client.GET('/jump-group', { ...at(page), signal }),
    named,
  );
}

export function useJumpointChoices(): Choice[] {
  return useChoices('jumpoints', (page, signal) => client.GET('/jumpoint', { ...at(page), signal }), named);
}

export function useJumpPolicyChoices(): Choice[] {
  return useChoices(
    'jump policies',
    (page, signal) => client.GET('/jump-policy', { ...at(page), signal }),
    displayed,
  );
}

export function useSessionPolicyChoices(offered?: (policy: Schema<'SessionPolicy'>) => boolean): Choice[] {
  return useChoices(
    'session policies',
    (page, signal) => client.GET('/session-policy', { ...at(page), signal }),
    displayed,
    offered,
  );
}

export function useJumpItemRoleChoices(): Choice[] {
  return useChoices(
    'jump item roles',
    (page, signal) => client.GET('/jump-item-role', { ...at(page), signal }),
    named,
  );
}

export function useTeamChoices(): Choice[] {
  return useChoices('teams', (page, signal) => client.GET('/team', { ...at(page), signal }), named);
}

export function useSkillChoices(): Choice[] {
  return useChoices('skills', (page, signal) => client.GET('/skill', { ...at(page), signal }), named);
}

export function usePublicPortalChoices(): Choice[] {
  return useChoices(
    'public portals',
    (page, signal) => client.GET('/public-portal', { ...at(page), signal }),
    named,
  );
}

export function useVaultAccountGroupChoices(): Choice[] {
  return useChoices(
    'vault account groups',
    (page, signal) => client.GET('/vault/account-group', { ...at(page), signal }),
    named,
  );
}

/** By code name, as accounts and groups name their policy. */
export function useVaultAccountPolicyChoices(): Choice[] {
  return useChoices(
    'vault account policies',
    (page, signal) => client.GET('/vault/account-policy', { ...at(page), signal }),
    ({ code_name, name }) => ({ value: code_name, label: name }),
  );
}

export function useVaultEndpointChoices(): Choice[] {
  return useChoices(
    'vault endpoints',
    (page, signal) => client.GET('/vault/endpoint', { ...at(page), signal }),
    named,
  );
}

/** None for people who do not configure the site: the API does not tell them. */
export function useSecurityProviderChoices(): Choice[] {
  const { perm_admin: told } = useSession().me;
  const { data } = useLoaded(`security providers ${told}`, async (signal) =>
    told ? await everyPage((page) => client.GET('/security-provider', { ...at(page), signal })) : [],
  );
  return data?.map(named) ?? NONE;
}

export function useGroupPolicyChoices(): Choice[] {
  return useChoices(
    'group policies',
    (page, signal) => client.GET('/group-policy', { ...at(page), signal }),
    named,
  );
}
