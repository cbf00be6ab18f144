import type { AccessQuestionDeps } from './access-questions.ts';
import { ExplainService } from './explain-service.ts';
import { PersonOverviewService } from './person-overview-service.ts';
import { PolicyTests } from './policy-tests.ts';
import { SessionSimulator } from './session-simulation.ts';

/** Everything that answers questions about access. */
export function explainServices(deps: AccessQuestionDeps) {
  return {
    explain: new ExplainService(deps),
    overview: new PersonOverviewService(deps),
    simulator: new SessionSimulator(deps),
    policyTests: new PolicyTests(deps),
  };
}
