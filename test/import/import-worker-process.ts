// A process of the site that only works on imports. Tests kill it. Argument: JSON { url, directory }.
import { startImportRunner } from '../../appliance/jump/import/import-runner.ts';
import { UploadFileReader } from '../../integrations/files/import-file-reader.ts';
import { DirectoryUploadStore } from '../../integrations/files/upload-store.ts';
import { PgUnitOfWork, pgStores } from '../../schema/pg-stores.ts';
import { connect } from '../../schema/sql.ts';

const { url, directory } = JSON.parse(process.argv[2]!) as { url: string; directory: string };
const sql = connect(url, { name: 'import worker' });
const uploads = new DirectoryUploadStore(directory);
const runner = startImportRunner({
  stores: pgStores(sql),
  unitOfWork: new PgUnitOfWork(sql),
  uploads,
  reader: new UploadFileReader(uploads),
  log: { info() {}, warn() {}, error: (facts) => console.error(facts) },
  pollMs: 50,
  leaseSeconds: 2,
});
process.on('SIGTERM', () => {
  void runner.stop().then(() => sql.end());
});
