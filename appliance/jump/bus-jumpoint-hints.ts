import type { NodeBus } from '../sessions/node-bus.ts';
import type { JumpointHints } from './jumpoint-service.ts';

/** Sends the hints over the bus of the site. `onFailure` hears of those that could not be sent. */
export function busJumpointHints(bus: NodeBus, onFailure: (error: unknown) => void): JumpointHints {
  return {
    jumpointChanged(jumpointId) {
      bus.publish('jumpoint.changed', { jumpoint_id: jumpointId }).catch(onFailure);
    },
    nodeChanged(jumpointNodeId) {
      bus.publish('jumpoint_node.changed', { jumpoint_node_id: jumpointNodeId }).catch(onFailure);
    },
  };
}
