import type { CommandLineArchiver } from '../../../appliance/command-line-archive.ts';
import type { Handlers } from '../../contract/handlers.ts';

export function commandLineHandlers({ archiver }: { archiver: CommandLineArchiver }): Partial<Handlers> {
  return {
    'api.config.cli': async (req, res) => {
      const { fileName, archive } = await archiver(req.params.platform);
      res.setHeader('Content-Type', 'application/zip');
      res.setHeader('Content-Disposition', `attachment; filename="${fileName}"`);
      res.setHeader('Content-Length', archive.byteLength);
      res.end(req.method === 'HEAD' ? undefined : archive);
    },
  };
}
