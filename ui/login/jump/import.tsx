import {
  Alert,
  Anchor,
  Button,
  Checkbox,
  FileInput,
  Group,
  Paper,
  Progress,
  Select,
  SimpleGrid,
  Stack,
  Table,
  Text,
  Title,
} from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { API, client, ok, raw, type Schema } from '../../shared/api.ts';
import { KIND_LABELS, MADE_KINDS } from '../../shared/jump-item-kinds.ts';
import { ListPage } from '../../shared/list-page.tsx';
import { Time } from '../../shared/time.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';

type ImportJob = Schema<'ImportJob'>;
/** The file was checked and nothing of it may be imported. */
const nothingToApply = (job: ImportJob) =>
  job.state === 'validated' && job.rows_bad > 0 && job.options.mode === 'all_or_nothing';
const FINAL: ReadonlySet<ImportJob['state']> = new Set(['validated', 'succeeded', 'failed', 'cancelled']);

/** Upload a file, and the jobs so far. */
export function ImportPage() {
  return (
    <Stack>
      <Upload />
      <ListPage<ImportJob>
        name="import-jobs"
        title="Imports"
        empty="No file has been imported yet."
        everyMs={5000}
        rowKey={(job) => job.id}
        load={async (query, signal) => {
          const answer = await ok(
            client.GET('/import-job', {
              params: {
                query: { limit: 20, ...(query.cursor === undefined ? {} : { cursor: query.cursor }) },
              },
              signal,
            }),
          );
          return {
            items: answer.items,
            nextCursor: answer.next_cursor ?? undefined,
          };
        }}
        columns={[
          {
            id: 'file',
            title: 'File',
            cell: (job) => <Link to={`/import/${job.id}`}>{job.file_name || 'unnamed'}</Link>,
          },
          {
            id: 'state',
            title: 'State',
            cell: (job) => `${job.state}${job.options.dry_run ? ' (dry run)' : ''}`,
          },
          { id: 'created', title: 'Created', cell: (job) => job.created_count },
          { id: 'updated', title: 'Updated', cell: (job) => job.updated_count },
          { id: 'unchanged', title: 'Unchanged', cell: (job) => job.unchanged_count },
          { id: 'bad', title: 'Bad rows', cell: (job) => job.rows_bad },
          { id: 'by', title: 'By', cell: (job) => job.created_by },
          { id: 'at', title: 'Started', cell: (job) => <Time at={job.created_at} /> },
        ]}
      />
    </Stack>
  );
}

function Upload() {
  const navigate = useNavigate();
  const [file, setFile] = useState<File | null>(null);
  const [mode, setMode] = useState<string>('all_or_nothing');
  const [prune, setPrune] = useState<string>('none');
  const [createGroups, setCreateGroups] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (file === null) return;
    setBusy(true);
    setProblem(undefined);
    const query = new URLSearchParams({
      file_name: file.name,
      dry_run: 'true',
      mode,
      prune,
      create_groups: String(createGroups),
    });
    try {
      const answer = await raw(`/jump-item/import?${query}`, {
        method: 'POST',
        headers: {
          'content-type':
            file.name.endsWith('.jsonl') || file.name.endsWith('.ndjson')
              ? 'application/x-ndjson'
              : 'text/csv',
        },
        body: file,
      });
      navigate(`/import/${((await answer.json()) as ImportJob).id}`);
    } catch (error) {
      setProblem((error as Error).message);
      setBusy(false);
    }
  };

  return (
    <Paper withBorder p="md">
      <form onSubmit={submit}>
        <Stack>
          <Title order={1} size="h2">
            Import Jump Items
          </Title>
          <Text size="sm">
            A CSV file or JSON lines. Every row is checked first; nothing changes until you have seen the
            result and apply it.
          </Text>
          <Text size="sm">
            Templates:{' '}
            {MADE_KINDS.map((kind) => (
              <Anchor
                key={kind}
                size="sm"
                mr="sm"
                href={`${API}/jump-item/import-template/${kind.replaceAll('_', '-')}`}
              >
                {KIND_LABELS[kind]}
              </Anchor>
            ))}
          </Text>
          {problem !== undefined && (
            <Alert color="red" role="alert">
              {problem}
            </Alert>
          )}
          <Group align="end">
            <FileInput
              label="File"
              placeholder="Choose a file"
              accept=".csv,.txt,.tsv,.jsonl,.ndjson"
              value={file}
              onChange={setFile}
              required
              w={280}
            />
            <Select
              label="When rows are bad"
              data={[
                { value: 'all_or_nothing', label: 'Import nothing' },
                { value: 'keep_good_rows', label: 'Import the good rows' },
              ]}
              value={mode}
              allowDeselect={false}
              onChange={(value) => setMode(value ?? 'all_or_nothing')}
            />
            <Select
              label="Items the file no longer names"
              data={[
                { value: 'none', label: 'Keep them' },
                { value: 'preview', label: 'Count them' },
                { value: 'apply', label: 'Remove them' },
              ]}
              value={prune}
              allowDeselect={false}
              onChange={(value) => setPrune(value ?? 'none')}
            />
            <Checkbox
              label="Create missing Jump Groups"
              checked={createGroups}
              onChange={(event) => setCreateGroups(event.currentTarget.checked)}
            />
            <Button type="submit" loading={busy} disabled={file === null}>
              Check the file
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}

/** One import: progress while it runs, its problems, and the decision to apply. */
export function ImportJobPage() {
  const { id = '' } = useParams();
  const job = useImportJob(id);
  const [problem, setProblem] = useState<string>();
  const act = async (action: 'apply' | 'cancel') => {
    setProblem(undefined);
    try {
      await ok(client.POST(`/import-job/{id}/${action}`, { params: { path: { id } } }));
      job.follow();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  if (job.error !== undefined) return <Alert color="red">{job.error}</Alert>;
  const now = job.data;
  if (now === undefined) return <Progress value={0} animated aria-label="Loading" />;
  const applicable =
    now.state === 'validated' && (now.rows_bad === 0 || now.options.mode === 'keep_good_rows');
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {now.file_name || 'Import'}
        </Title>
        <Group>
          {!FINAL.has(now.state) && (
            <Button variant="light" color="red" onClick={() => void act('cancel')}>
              Cancel the import
            </Button>
          )}
          {applicable && <Button onClick={() => void act('apply')}>Apply</Button>}
          <Button component={Link} to="/import" variant="default">
            All imports
          </Button>
        </Group>
      </Group>
      {problem !== undefined && (
        <Alert color="red" role="alert">
          {problem}
        </Alert>
      )}
      <Outcome job={now} />
      <Progress.Root size="xl">
        <Progress.Section
          value={now.progress * 100}
          animated={!FINAL.has(now.state)}
          color={now.state === 'failed' || nothingToApply(now) ? 'red' : 'teal'}
          aria-label={`${now.state}, ${Math.round(now.progress * 100)} percent`}
        >
          <Progress.Label>{Math.round(now.progress * 100)} %</Progress.Label>
        </Progress.Section>
      </Progress.Root>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
        <Figure label="Rows checked" value={now.rows_validated} />
        <Figure label="Bad rows" value={now.rows_bad} />
        <Figure label={now.state === 'succeeded' ? 'Created' : 'To create'} value={now.created_count} />
        <Figure label={now.state === 'succeeded' ? 'Updated' : 'To update'} value={now.updated_count} />
        <Figure label="Unchanged" value={now.unchanged_count} />
        <Figure
          label={now.options.prune === 'apply' && now.state === 'succeeded' ? 'Removed' : 'No longer named'}
          value={now.pruned_count}
        />
      </SimpleGrid>
      {now.rows_bad > 0 && <Problems id={id} key={now.state} />}
    </Stack>
  );
}

function Outcome({ job }: { job: ImportJob }) {
  switch (job.state) {
    case 'succeeded':
      return <Alert color="teal">The import is done.</Alert>;
    case 'failed':
      return (
        <Alert color="red" role="alert">
          {job.failure ?? 'The import failed.'} Nothing was changed.
        </Alert>
      );
    case 'cancelled':
      return <Alert color="yellow">The import was cancelled. Nothing was changed.</Alert>;
    case 'validated':
      return nothingToApply(job) ? (
        <Alert color="red" role="alert">
          Nothing can be imported until the rows below are mended. Mend them in the file and upload it again.
        </Alert>
      ) : (
        <Alert color="river">
          The file has been checked. Nothing has changed yet; apply it to make the changes below.
        </Alert>
      );
    default:
      return (
        <Alert color="river">
          {job.state === 'applying' ? 'Applying…' : 'Checking the rows…'} You can leave this page and come
          back.
        </Alert>
      );
  }
}

function Figure({ label, value }: { label: string; value: number }) {
  return (
    <Paper withBorder p="sm">
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text fw={700}>{value.toLocaleString()}</Text>
    </Paper>
  );
}

function Problems({ id }: { id: string }) {
  const [cursor, setCursor] = useState<string>();
  const { data } = useLoaded(`problems ${id} ${cursor ?? ''}`, (signal) =>
    ok(
      client.GET('/import-job/{id}/problem', {
        params: { path: { id }, query: { limit: 50, ...(cursor === undefined ? {} : { cursor }) } },
        signal,
      }),
    ),
  );
  return (
    <Stack>
      <Title order={2} size="h4">
        What is wrong
      </Title>
      <div className="list-table">
        <Table aria-label="Problems">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Line</Table.Th>
              <Table.Th>Column</Table.Th>
              <Table.Th>Value</Table.Th>
              <Table.Th>Reason</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {(data?.items ?? []).map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: one line may have the same problem twice; the list never reorders.
              <Table.Tr key={`${row.line} ${row.column} ${index}`}>
                <Table.Td>{row.line}</Table.Td>
                <Table.Td>{row.column}</Table.Td>
                <Table.Td>{row.value}</Table.Td>
                <Table.Td>{row.reason}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {data !== undefined && (data.next_cursor !== null || cursor !== undefined) && (
        <Group>
          <Button
            size="xs"
            variant="default"
            disabled={cursor === undefined}
            onClick={() => setCursor(undefined)}
          >
            First page
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={data.next_cursor === null}
            onClick={() => setCursor(data.next_cursor ?? undefined)}
          >
            Next
          </Button>
        </Group>
      )}
    </Stack>
  );
}

/** The job as the server tells of it, live until it has come to rest. */
function useImportJob(id: string): {
  data: ImportJob | undefined;
  error: string | undefined;
  follow: () => void;
} {
  const [data, setData] = useState<ImportJob>();
  const [error, setError] = useState<string>();
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a round opens the stream again after the job was set going.
  useEffect(() => {
    const read = () =>
      ok(client.GET('/import-job/{id}', { params: { path: { id } } })).then(setData, (problem: Error) =>
        setError(problem.message),
      );
    void read();
    const events = new EventSource(`${API}/import-job/${id}/events`);
    const take = (event: MessageEvent<string>) => setData(JSON.parse(event.data) as ImportJob);
    events.onmessage = take;
    for (const name of ['progress', 'job', 'end']) events.addEventListener(name, take);
    // The server closes the stream when the job rests; the last word is then read once more.
    events.onerror = () => {
      events.close();
      void read();
    };
    return () => events.close();
  }, [id, round]);
  useEffect(() => {
    if (data === undefined || FINAL.has(data.state)) return;
    const timer = setInterval(() => setRound((now) => now + 1), 10_000);
    return () => clearInterval(timer);
  }, [data]);
  return { data, error, follow: () => setRound((now) => now + 1) };
}
