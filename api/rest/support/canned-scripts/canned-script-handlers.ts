import type { CannedScript } from '../../../../appliance/support/canned-script.ts';
import type {
  CannedScriptInput,
  CannedScriptService,
} from '../../../../appliance/support/canned-script-service.ts';
import { actorOf } from '../../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../../revision.ts';

export function cannedScriptHandlers({
  cannedScripts,
}: {
  cannedScripts: CannedScriptService;
}): Partial<Handlers> {
  return {
    'api.config.canned-script.index': async (req, res) => {
      const { name, code_name: codeName, category, team_id: teamId } = req.query;
      const filter = { name, codeName, category, teamId };
      const page = await cannedScripts.list(actorOf(req), filter, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toAnswer), total: page.total });
    },
    'api.config.canned-script.store': async (req, res) => {
      const { name, commands } = req.body;
      const script = await cannedScripts.create(actorOf(req), { ...fromBody(req.body), name, commands });
      setRevision(res, script);
      sendCreated(res, `/canned-script/${script.id}`, toAnswer(script));
    },
    'api.config.canned-script.show': async (req, res) => {
      sendRevised(res, await cannedScripts.show(actorOf(req), req.params.id), toAnswer);
    },
    'api.config.canned-script.update': async (req, res) => {
      const { name, commands } = req.body;
      const changes = { ...fromBody(req.body), name, commands };
      const script = await cannedScripts.update(actorOf(req), req.params.id, changes, revisionsOf(req));
      sendRevised(res, script, toAnswer);
    },
    'api.config.canned-script.destroy': async (req, res) => {
      await cannedScripts.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
  };
}

function fromBody(
  body: BodyOf<'api.config.canned-script.update'>,
): Omit<CannedScriptInput, 'name' | 'commands'> {
  return {
    codeName: body.code_name,
    description: body.description,
    categories: body.categories,
    teamIds: body.team_ids,
    operatingSystems: body.operating_systems,
    shellKinds: body.shell_kinds,
    elevated: body.elevated,
  };
}

function toAnswer(script: CannedScript): AnswerOf<'api.config.canned-script.show', 200> {
  return {
    id: script.id,
    name: script.name,
    code_name: script.codeName,
    description: script.description,
    commands: script.commands,
    categories: script.categories,
    team_ids: script.teamIds,
    operating_systems: script.operatingSystems,
    shell_kinds: script.shellKinds,
    elevated: script.elevated,
  };
}
