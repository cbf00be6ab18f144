import { dateTime } from '../../../../appliance/date-time.ts';
import type {
  AutomationEndpoint,
  AutomationExecution,
  AutomationJob,
  AutomationResource,
  AutomationScript,
} from '../../../../appliance/support/endpoint-automation.ts';
import type { AnswerOf } from '../../../contract/handlers.ts';
import { dateTimeOrNull } from '../../date-times.ts';

export function toScript(
  script: AutomationScript,
): AnswerOf<'api.config.endpoint-automation.script.show', 200> {
  return {
    id: script.id,
    name: script.name,
    description: script.description,
    tag: script.tag,
    cmd: script.cmd,
    script: script.script,
    operating_system: script.operatingSystem,
    resource_ids: script.resourceIds,
    created_by_api_account_id: script.createdByApiAccountId,
    created_by_user_id: script.createdByUserId,
    updated_at: dateTime(script.updatedAt),
    created_at: dateTime(script.createdAt),
  };
}

export function toResource(
  resource: AutomationResource,
): AnswerOf<'api.config.endpoint-automation.resource.show', 200> {
  return {
    ...toMinimalResource(resource),
    hash: resource.hash,
    updated_at: dateTime(resource.updatedAt),
    created_at: dateTime(resource.createdAt),
    updated_by: resource.updatedBy,
    created_by: resource.createdBy,
  };
}

export function toJob(job: AutomationJob): AnswerOf<'api.config.endpoint-automation.job.show', 200> {
  return {
    id: job.id,
    name: job.name,
    notes: job.notes,
    start_at: dateTime(job.startAt),
    tag: job.tag,
    operating_system: job.operatingSystem,
    created_by_api_account_id: job.createdByApiAccountId,
    created_by_user_id: job.createdByUserId,
    created_at: dateTime(job.createdAt),
    finished_timestamp: dateTimeOrNull(job.finishedAt),
    payload: { cmd: job.cmd, script: job.script, resources: job.resources.map(toMinimalResource) },
  };
}

export function toEndpoint(
  endpoint: AutomationEndpoint,
): AnswerOf<'api.config.endpoint-automation.endpoint.show', 200> {
  return {
    id: endpoint.id,
    operating_system_type: endpoint.operatingSystem,
    names: endpoint.names,
    hostname: endpoint.hostname,
    tags: endpoint.tags,
    public_ip: endpoint.publicIp,
    private_ip: endpoint.privateIp,
    is_active: endpoint.isActive,
    jump_group_id: endpoint.jumpGroupIds,
  };
}

export function toExecution(
  execution: AutomationExecution,
): AnswerOf<'api.config.endpoint-automation.job.execution.index', 200>[number] {
  return {
    state: execution.state,
    started_running_timestamp: dateTimeOrNull(execution.startedAt),
    finished_timestamp: dateTimeOrNull(execution.finishedAt),
    finished_type: execution.finishedType,
    finished_error: execution.finishedError,
    log_file_path: execution.logFilePath,
    endpoint_id: execution.endpointId,
    output_tail: execution.outputTail,
    exit_code: execution.exitCode,
  };
}

function toMinimalResource({ id, fileName, fileSize, displayUrl }: AutomationJob['resources'][number]) {
  return { id, file_name: fileName, file_size: fileSize, display_url: displayUrl };
}
