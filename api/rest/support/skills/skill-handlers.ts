import type { Skill } from '../../../../appliance/support/skill.ts';
import type { SkillService } from '../../../../appliance/support/skill-service.ts';
import { actorOf } from '../../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../../revision.ts';

export function skillHandlers({ skills }: { skills: SkillService }): Partial<Handlers> {
  return {
    'api.config.skill.index': async (req, res) => {
      const { name, code_name: codeName } = req.query;
      const page = await skills.list({ name, codeName }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toSkill), total: page.total });
    },
    'api.config.skill.store': async (req, res) => {
      const { name, code_name: codeName, description } = req.body;
      const skill = await skills.create(actorOf(req), { name, codeName, description });
      setRevision(res, skill);
      sendCreated(res, `/skill/${skill.id}`, toSkill(skill));
    },
    'api.config.skill.show': async (req, res) => {
      sendRevised(res, await skills.show(req.params.id), toSkill);
    },
    'api.config.skill.update': async (req, res) => {
      const { name, code_name: codeName, description } = req.body;
      const changes = { name, codeName, description };
      sendRevised(res, await skills.update(actorOf(req), req.params.id, changes, revisionsOf(req)), toSkill);
    },
    'api.config.skill.destroy': async (req, res) => {
      await skills.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
    'api.config.skill.user.index': async (req, res) => {
      const skillId = req.params.id;
      const page = await skills.listUsers(actorOf(req), skillId, pageOf(req.query));
      const items = page.items.map((userId) => ({ skill_id: skillId, user_id: userId }));
      sendPage(req, res, { items, total: page.total });
    },
    'api.config.skill.user.store': async (req, res) => {
      const [skillId, userId] = [req.params.id, req.body.user_id];
      await skills.addUser(actorOf(req), skillId, userId);
      sendCreated(res, `/skill/${skillId}/user/${userId}`, { skill_id: skillId, user_id: userId });
    },
    'api.config.skill.user.show': async (req, res) => {
      const { id: skillId, user_id: userId } = req.params;
      await skills.showUser(actorOf(req), skillId, userId);
      res.json({ skill_id: skillId, user_id: userId });
    },
    'api.config.skill.user.destroy': async (req, res) => {
      await skills.removeUser(actorOf(req), req.params.id, req.params.user_id);
      res.status(204).end();
    },
  };
}

function toSkill(skill: Skill): AnswerOf<'api.config.skill.show', 200> {
  return { id: skill.id, name: skill.name, code_name: skill.codeName, description: skill.description };
}
