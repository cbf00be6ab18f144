import type { Issue } from '../../../../appliance/support/issue.ts';
import type { IssueInput, IssueService } from '../../../../appliance/support/issue-service.ts';
import { actorOf } from '../../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../../revision.ts';

export function issueHandlers({ issues }: { issues: IssueService }): Partial<Handlers> {
  return {
    'api.config.issue.index': async (req, res) => {
      const { name, code_name: codeName, active, team_id: teamId } = req.query;
      const page = await issues.list({ name, codeName, active, teamId }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toAnswer), total: page.total });
    },
    'api.config.issue.store': async (req, res) => {
      const issue = await issues.create(actorOf(req), { ...fromBody(req.body), name: req.body.name });
      setRevision(res, issue);
      sendCreated(res, `/issue/${issue.id}`, toAnswer(issue));
    },
    'api.config.issue.show': async (req, res) => {
      sendRevised(res, await issues.show(req.params.id), toAnswer);
    },
    'api.config.issue.update': async (req, res) => {
      const changes = { ...fromBody(req.body), name: req.body.name };
      const issue = await issues.update(actorOf(req), req.params.id, changes, revisionsOf(req));
      sendRevised(res, issue, toAnswer);
    },
    'api.config.issue.destroy': async (req, res) => {
      await issues.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
  };
}

function fromBody(body: BodyOf<'api.config.issue.update'>): Omit<IssueInput, 'name'> {
  const { code_name: codeName, description, active, priority, skill_ids: skillIds, team_ids: teamIds } = body;
  return { codeName, description, active, priority, skillIds, teamIds };
}

function toAnswer(issue: Issue): AnswerOf<'api.config.issue.show', 200> {
  return {
    id: issue.id,
    name: issue.name,
    code_name: issue.codeName,
    description: issue.description,
    active: issue.active,
    priority: issue.priority,
    skill_ids: issue.skillIds,
    team_ids: issue.teamIds,
  };
}
