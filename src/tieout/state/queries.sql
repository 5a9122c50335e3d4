-- Every statement that the program runs, by name. They are read by SQLite and by Postgres alike.

-- name: add_reads
-- Count reads of a connection in a month.
INSERT INTO reads (connection, month, count) VALUES (:connection, :month, :count)
ON CONFLICT (connection, month) DO UPDATE SET count = reads.count + excluded.count;

-- name: reads_of_month
-- The reads of a connection in a month.
SELECT count FROM reads WHERE connection = :connection AND month = :month;

-- name: reads_by_month
-- The reads of each month, the newest first; those of companies are among those of their connections.
SELECT month, sum(count) FROM reads WHERE connection NOT LIKE '%/%' GROUP BY month ORDER BY month DESC LIMIT :most;

-- name: most_reads_of_month
-- The companies with the most reads of a month.
SELECT connection, count FROM reads WHERE month = :month AND connection LIKE '%/%' ORDER BY count DESC, connection LIMIT :most;

-- name: all_reads_of_month
-- The reads of a month.
SELECT connection, count FROM reads WHERE month = :month;

-- name: watermark
-- How far a reading has come.
SELECT value FROM watermarks WHERE key = :key;

-- name: set_watermark
-- A reading has come so far.
INSERT INTO watermarks (key, value) VALUES (:key, :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: forget_watermark
DELETE FROM watermarks WHERE key = :key;

-- name: secret
-- The secret of an identity, sealed.
SELECT sealed FROM secrets WHERE identity = :identity;

-- name: set_secret
-- Keep a secret in place of the one before.
INSERT INTO secrets (identity, sealed) VALUES (:identity, :sealed)
ON CONFLICT (identity) DO UPDATE SET sealed = excluded.sealed;

-- name: add_secret
-- Keep a secret unless there is one.
INSERT INTO secrets (identity, sealed) VALUES (:identity, :sealed) ON CONFLICT (identity) DO NOTHING;

-- name: delete_secret
-- Forget a secret.
DELETE FROM secrets WHERE identity = :identity;

-- name: identities
-- Every identity with a secret.
SELECT identity FROM secrets ORDER BY identity;

-- name: last_run_started
-- When the newest run began.
SELECT max(started) FROM runs;

-- name: begin_run
-- A run begins.
INSERT INTO runs (id, name, identity, command, source, host, pid, started, state)
VALUES (:id, :title, :identity, :command, :source, :host, :pid, :started, 'running');

-- name: end_run
-- A run comes to its end, or is stopped for a reason.
UPDATE runs SET ended = :ended, state = :state, reason = :reason WHERE id = :id;

-- name: note_interrupted
-- Runs that never came to their end, seen by the next one, which holds the company's lock: they were killed.
UPDATE runs SET state = 'interrupted' WHERE identity = :identity AND state IN ('running', 'cancelling') AND id <> :id;

-- name: hold_run
-- It is about to send: the row is locked until that is committed, so that the next run of its company either waits and then sees
-- the request, or has taken the company over already. SQLite has one writer at a time, and knows no locks on rows.
SELECT id FROM runs WHERE id = :id AND state <> 'interrupted' /* FOR UPDATE */;

-- name: run_goes_on
-- It shares its company with others, and one of them took it for killed.
UPDATE runs SET state = 'running' WHERE id = :id AND state = 'interrupted';

-- name: cancel_run
-- A run that is under way is to stop between two steps.
UPDATE runs SET state = 'cancelling' WHERE id = :id AND state IN ('running', 'cancelling') RETURNING id;

-- name: run_state
-- How a run stands.
SELECT state FROM runs WHERE id = :id;

-- name: last_runs
-- The last runs, newest first, with how many changes ended how.
SELECT r.id, r.name, r.identity, r.source, r.started, r.ended, r.state, r.reason, r.pid, r.host,
       count(CASE WHEN c.state = 'done' THEN 1 END), count(CASE WHEN c.state = 'refused' THEN 1 END),
       count(CASE WHEN c.state = 'unknown' THEN 1 END)
FROM (SELECT * FROM runs WHERE id = :id OR :id = '' ORDER BY started DESC, id DESC LIMIT :most) r LEFT JOIN changes c ON c.run = r.id
GROUP BY r.id, r.name, r.identity, r.source, r.started, r.ended, r.state, r.reason, r.pid, r.host
ORDER BY r.started DESC, r.id DESC;

-- name: runs_of_command
-- The runs of a command before this one, newest first: the company that each wrote to, and how it ended.
SELECT id, identity, state FROM runs WHERE command = :command AND id <> :id ORDER BY started DESC, id DESC;

-- name: change
-- What is known of a change.
SELECT state, attempt, record_id, run, note, contents FROM changes WHERE identity = :identity AND id = :id;

-- name: change_ended
-- What became of a change; a refusal makes its next attempt another one.
INSERT INTO changes (identity, id, run, verb, type, key, place, contents, state, attempt, request,
                     record_id, total, kind, code, element, message, advice, record, note, at)
VALUES (:identity, :id, :run, :verb, :type, :key, :place, :contents, :state, :refusals, :request,
        :record_id, :total, :kind, :code, :element, :message, :advice, :record, :note, :at)
ON CONFLICT (identity, id) DO UPDATE SET
    run = excluded.run, verb = excluded.verb, type = excluded.type, key = excluded.key, place = excluded.place,
    contents = CASE WHEN excluded.contents = '' THEN changes.contents ELSE excluded.contents END,
    state = excluded.state, attempt = changes.attempt + excluded.attempt, request = excluded.request,
    record_id = excluded.record_id, total = excluded.total, kind = excluded.kind, code = excluded.code,
    element = excluded.element, message = excluded.message, advice = excluded.advice,
    record = CASE WHEN excluded.state <> 'done' AND excluded.record = '' THEN changes.record ELSE excluded.record END,
    note = excluded.note, at = excluded.at;

-- name: changes_of_run
-- The changes of a run, all or those that ended in one way.
SELECT id, verb, type, key, place, state, attempt, record_id, total, kind, code, element, message, advice,
       record, note, at, request
FROM changes WHERE run = :run AND (state = :state OR :state = '') ORDER BY at, place, id;

-- name: unknown_changes
-- Changes of a company of which nobody knows what became of them.
SELECT id, verb, type, key, place, state, attempt, record_id, total, kind, code, element, message, advice,
       record, note, at, request
FROM changes WHERE identity = :identity AND state = 'unknown' ORDER BY at, place, id;

-- name: count_unknown_changes
-- How many changes of each company nobody knows the end of.
SELECT identity, count(*) FROM changes WHERE state = 'unknown' GROUP BY identity ORDER BY identity;

-- name: processes_of_unknown_changes
-- The companies of which that is so, with the process and company that the document of a change was for.
SELECT DISTINCT c.identity, r.process FROM changes c
JOIN document_changes d ON d.run = c.run AND d.identity = c.identity AND d.change = c.id
JOIN run_documents r ON r.run = d.run AND r.document = d.document
WHERE c.state = 'unknown';

-- name: maker_of
-- The change that made a record, other than this one.
SELECT id FROM changes WHERE identity = :identity AND type = :type AND record_id = :record_id
    AND verb IN ('add', 'put') AND state = 'done' AND id <> :id LIMIT 1;

-- name: settle_change
-- A person says what became of a change.
UPDATE changes SET state = :state, record_id = :record_id, note = :note, at = :at,
    attempt = attempt + :refusals WHERE identity = :identity AND id = :id;

-- name: open_request
-- A request, before it is sent.
INSERT INTO requests (identity, id, run, at, envelope, body, members)
VALUES (:identity, :id, :run, :at, :envelope, :body, :members)
ON CONFLICT (identity, id) DO UPDATE SET run = excluded.run;

-- name: close_request
-- What became of every member of a request is known.
DELETE FROM requests WHERE identity = :identity AND id = :id;

-- name: open_requests
-- Requests of a company that were sent, perhaps, and have no answer.
SELECT id, at, envelope, body, members FROM requests WHERE identity = :identity ORDER BY at, id;

-- name: keep_document
-- A document that went out or came in.
INSERT INTO documents (identity, request, at, way, run, body) VALUES (:identity, :request, :at, :way, :run, :body);

-- name: documents_of_run
-- The documents of a run.
SELECT request, at, way, body FROM documents WHERE run = :run ORDER BY at, request, way DESC;

-- name: purge_documents
-- Documents that were kept long enough.
DELETE FROM documents WHERE at < :before;

-- name: link
-- The record that a key stands for.
SELECT record_id, total, run, at FROM links WHERE identity = :identity AND type = :type AND key = :key;

-- name: set_link
-- A key stands for a record from now on.
INSERT INTO links (identity, type, key, record_id, total, run, at)
VALUES (:identity, :type, :key, :record_id, :total, :run, :at)
ON CONFLICT (identity, type, key) DO UPDATE SET
    record_id = excluded.record_id, total = excluded.total, run = excluded.run, at = excluded.at;

-- name: set_link_total
-- The total of a linked record, after it was changed here.
UPDATE links SET total = :total WHERE identity = :identity AND type = :type AND record_id = :record_id;

-- name: links
-- Every link of a company.
SELECT type, key, record_id, total, run, at FROM links WHERE identity = :identity ORDER BY type, key;

-- name: forget_link
-- A key stands for nothing any more.
DELETE FROM links WHERE identity = :identity AND type = :type AND key = :key;

-- name: forget_changes_of_link
-- The adds of a key may be sent once more; as another attempt, or QuickBooks would answer with the record that is gone.
UPDATE changes SET state = 'released', record_id = '', attempt = attempt + 1
WHERE identity = :identity AND type = :type AND key = :key AND verb IN ('add', 'put');

-- name: connector_user
-- Whom a Web Connector signs in as.
SELECT username, connection, password, owner_id, file_id, wanted, called, version, file, complaint
FROM connector_users WHERE username = :username;

-- name: connector_owner
-- The GUID of this application.
SELECT owner_id FROM connector_users ORDER BY username LIMIT 1;

-- name: set_connector_user
-- A user with a password, in the place of the one before.
INSERT INTO connector_users (username, connection, password, owner_id, file_id, numbered, wanted, called, version, file, complaint)
VALUES (:username, :connection, :password, :owner_id, :file_id, 0, '', '', '', '', '')
ON CONFLICT (username) DO UPDATE SET connection = excluded.connection, password = excluded.password;

-- name: connector_called
-- A Web Connector signed in.
UPDATE connector_users SET called = :called, version = :version WHERE username = :username;

-- name: connector_file
-- The company file that a Web Connector has open.
UPDATE connector_users SET file = :file, complaint = '' WHERE username = :username;

-- name: connector_complaint
-- What went wrong, for whoever asks later.
UPDATE connector_users SET complaint = :complaint WHERE username = :username;

-- name: want_connector
-- Somebody wants a session, or nobody does any more.
UPDATE connector_users SET wanted = :wanted WHERE username = :username;

-- name: begin_connector_session
-- A session begins.
INSERT INTO connector_sessions (ticket, username, state, opened, seen, address, file, versions, document, answered, progress,
                                attempts, hresult, complaint)
VALUES (:ticket, :username, 'open', :at, :at, :address, '', '', 0, 0, 0, 0, '', '');

-- name: connector_session
-- A session by its ticket.
SELECT ticket, username, state, opened, seen, address, file, versions, document, answered, progress, attempts, hresult, complaint
FROM connector_sessions WHERE ticket = :ticket;

-- name: last_connector_session
-- The newest session of a user; one that is not over before those that are.
SELECT ticket, username, state, opened, seen, address, file, versions, document, answered, progress, attempts, hresult, complaint
FROM connector_sessions WHERE username = :username
ORDER BY CASE WHEN state = 'closed' THEN 1 ELSE 0 END, opened DESC, ticket LIMIT 1;

-- name: set_connector_session
-- Where a session has come to, unless it is over.
UPDATE connector_sessions SET state = :state, seen = :seen, file = :file, versions = :versions, document = :document,
    answered = :answered, progress = :progress, attempts = :attempts, hresult = :hresult, complaint = :complaint
WHERE ticket = :ticket AND state <> 'closed';

-- name: connector_session_seen
-- A session is alive.
UPDATE connector_sessions SET seen = :seen WHERE ticket = :ticket;

-- name: close_connector_sessions
-- A session is over, or all of them.
UPDATE connector_sessions SET state = 'closed'
WHERE username = :username AND state <> 'closed' AND (ticket = :ticket OR :ticket = '');

-- name: forget_connector_sessions
-- Sessions of long ago.
DELETE FROM connector_sessions WHERE username = :username AND seen < :before;

-- name: visit_mailbox
-- Somebody is at the mailbox.
INSERT INTO mailbox_visitors (username, visitor, seen) VALUES (:username, :visitor, :seen)
ON CONFLICT (username, visitor) DO UPDATE SET seen = excluded.seen;

-- name: forget_visitors_before
-- Visitors of long ago.
DELETE FROM mailbox_visitors WHERE username = :username AND seen < :before;

-- name: mailbox_visitors
-- How many were at the mailbox lately.
SELECT count(*) FROM mailbox_visitors WHERE username = :username AND seen > :since;

-- name: next_document_number
-- A number for a document.
UPDATE connector_users SET numbered = numbered + 1 WHERE username = :username RETURNING numbered;

-- name: put_document
-- A document for the session that is open.
INSERT INTO mailbox (username, number, ticket, visitor, at, state, request, hresult, message)
VALUES (:username, :number, :ticket, :visitor, :at, 'put', :request, '', '');

-- name: document_state
-- What became of a document.
SELECT state, hresult, message FROM mailbox WHERE username = :username AND number = :number;

-- name: documents_waiting
-- How many documents of a session nobody has taken.
SELECT count(*) FROM mailbox WHERE username = :username AND ticket = :ticket AND state = 'put';

-- name: withdraw_document
-- A document shall not be taken any more; no row when it was.
UPDATE mailbox SET state = 'withdrawn' WHERE username = :username AND number = :number AND state = 'put' RETURNING number;

-- name: withdraw_forsaken_documents
-- Documents for which nobody waits any more.
UPDATE mailbox SET state = 'withdrawn' WHERE username = :username AND state = 'put' AND visitor NOT IN
    (SELECT visitor FROM mailbox_visitors WHERE username = :username AND seen > :since);

-- name: take_document
-- The oldest document of a session.
UPDATE mailbox SET state = 'taken' WHERE username = :username AND state = 'put' AND number =
    (SELECT min(number) FROM mailbox WHERE username = :username AND ticket = :ticket AND state = 'put')
RETURNING number, request;

-- name: answer_document
-- The answer to a document came; no row when nobody waits for one.
UPDATE mailbox SET state = 'answered', hresult = :hresult, message = :message
WHERE username = :username AND number = :number AND ticket = :ticket AND state = 'taken' RETURNING number;

-- name: keep_answer
-- A piece of an answer.
INSERT INTO mailbox_answers (username, number, piece, body) VALUES (:username, :number, :piece, :body);

-- name: answer_piece
-- A piece of an answer.
SELECT body FROM mailbox_answers WHERE username = :username AND number = :number AND piece = :piece;

-- name: lose_documents
-- A session is over, or all of them: what was taken gets no answer any more.
UPDATE mailbox SET state = CASE WHEN state = 'put' THEN 'withdrawn' ELSE 'lost' END
WHERE username = :username AND state IN ('put', 'taken') AND (ticket = :ticket OR :ticket = '');

-- name: forget_document
-- A document that was read.
DELETE FROM mailbox WHERE username = :username AND number = :number;

-- name: forget_answer
-- Its answer.
DELETE FROM mailbox_answers WHERE username = :username AND number = :number;

-- name: forget_answers_before
-- Answers that nobody fetched.
DELETE FROM mailbox_answers WHERE username = :username AND number IN
    (SELECT number FROM mailbox WHERE username = :username AND at < :before AND state <> 'taken');

-- name: forget_documents_before
-- Documents that nobody asks about any more.
DELETE FROM mailbox WHERE username = :username AND at < :before AND state <> 'taken';

-- name: set_figure
-- A figure of a run.
INSERT INTO run_figures (run, name, value) VALUES (:run, :title, :value)
ON CONFLICT (run, name) DO UPDATE SET value = excluded.value;

-- name: figures_of_run
-- The figures of a run.
SELECT name, value FROM run_figures WHERE run = :run;

-- name: keep_run_document
-- What became of a document in a run.
INSERT INTO run_documents (run, document, process, place, state, tracked, why, advice, given, made, at)
VALUES (:run, :document, :process, :place, :state, :tracked, :why, :advice, :given, :made, :at)
ON CONFLICT (run, document) DO UPDATE SET
    place = excluded.place, state = excluded.state, tracked = excluded.tracked, why = excluded.why,
    advice = excluded.advice, given = excluded.given, made = excluded.made, at = excluded.at;

-- name: keep_document_change
-- A change that a document became.
INSERT INTO document_changes (run, document, identity, change, type, record)
VALUES (:run, :document, :identity, :change, :type, :record)
ON CONFLICT (run, document, identity, change) DO UPDATE SET record = excluded.record;

-- name: keep_process_document
-- How a document of a process stands from now on.
INSERT INTO process_documents (process, document, digest, state, run, place, given, record)
VALUES (:process, :document, :digest, :state, :run, :place, :given, :record)
ON CONFLICT (process, document) DO UPDATE SET
    digest = excluded.digest, state = excluded.state, run = excluded.run, place = excluded.place,
    given = excluded.given, record = CASE WHEN excluded.record = '' THEN process_documents.record ELSE excluded.record END;

-- name: forget_process_document
-- A document is no longer there.
DELETE FROM process_documents WHERE process = :process AND document = :document;

-- name: process_document
-- How a document of a process stands.
SELECT document, digest, state, run, place, given, record FROM process_documents
WHERE process = :process AND document = :document;

-- name: process_documents
-- Every document of a process that stands so.
SELECT document, digest, state, run, place, given, record FROM process_documents
WHERE process = :process AND (state = :state OR :state = '') ORDER BY document;

-- name: count_process_documents
-- How many documents a process knows.
SELECT count(*) FROM process_documents WHERE process = :process HAVING count(*) > 0;

-- name: run_documents
-- The documents of a run, or of all runs, newest first.
SELECT run, document, process, place, state, tracked, why, advice, given, made, at FROM run_documents
WHERE (run = :run OR :run = '') AND (process = :process OR :process = '') ORDER BY at DESC, run DESC, document;

-- name: document_changes
-- The changes of a run's documents, with what became of each and the request that carried it.
SELECT d.document, d.identity, d.change, d.type, d.record, coalesce(c.request, ''), coalesce(c.state, '')
FROM document_changes d LEFT JOIN changes c ON c.identity = d.identity AND c.id = d.change
WHERE d.run = :run ORDER BY d.document, d.change;

-- name: documents_of_record
-- The documents that a record was made or changed by, newest first.
SELECT r.run, r.document, r.process, r.place, r.state, r.tracked, r.why, r.advice, r.given, r.made, r.at
FROM document_changes d JOIN run_documents r ON r.run = d.run AND r.document = d.document
WHERE d.type = :type AND d.record = :record AND d.record <> '' ORDER BY r.at DESC;

-- name: purge_given
-- Forget the contents of documents that were kept long enough; what is held is kept elsewhere until it is settled.
UPDATE run_documents SET given = '', made = '' WHERE at < :before AND (given <> '' OR made <> '');

-- name: next_of_sequence
-- The next number of a sequence.
INSERT INTO sequences (name, value) VALUES (:title, 1)
ON CONFLICT (name) DO UPDATE SET value = sequences.value + 1 RETURNING value;

-- name: all_figures
-- The figures of all runs.
SELECT run, name, value FROM run_figures;

-- name: figures_of_last_runs
-- The figures of the newest runs.
SELECT run, name, value FROM run_figures
WHERE run IN (SELECT id FROM runs ORDER BY started DESC, id DESC LIMIT :most);

-- name: run_documents_page
-- A part of the documents of a run, without what they say; those that are held when :held is 1.
SELECT run, document, process, place, state, tracked, why, advice, '', '', at FROM run_documents
WHERE run = :run AND (:held = 0 OR state IN ('refused', 'unknown')) ORDER BY at DESC, document LIMIT :most OFFSET :before;

-- name: count_run_documents
-- How many documents a run has, or holds.
SELECT count(*) FROM run_documents WHERE run = :run AND (:held = 0 OR state IN ('refused', 'unknown'));

-- name: run_document
-- One document of a run.
SELECT run, document, process, place, state, tracked, why, advice, given, made, at FROM run_documents
WHERE run = :run AND document = :document;

-- name: keep_document_field
-- By what a document is found.
INSERT INTO document_fields (name, value, run, document) VALUES (:field, :value, :run, :document)
ON CONFLICT (name, value, run, document) DO NOTHING;

-- name: document_of_field
-- Whether any document has such a field.
SELECT 1 FROM document_fields WHERE name = :field LIMIT 1;

-- name: next_document_field
-- The name of the field behind this one.
SELECT name FROM document_fields WHERE name > :field ORDER BY name LIMIT 1;

-- name: count_documents_with
-- How many documents have this value, up to so many.
SELECT count(*) FROM (SELECT 1 FROM document_fields WHERE name = :field AND value = :value LIMIT :most) AS found;

-- name: newest_documents_with
-- The newest documents with this value, without what they say.
SELECT r.run, r.document, r.process, r.place, r.state, r.tracked, r.why, r.advice, '', '', r.at
FROM document_fields f JOIN run_documents r ON r.run = f.run AND r.document = f.document
WHERE f.name = :field AND f.value = :value ORDER BY f.run DESC, f.document DESC LIMIT :most;

-- name: documents_with_before
-- The documents with this value behind this one.
SELECT r.run, r.document, r.process, r.place, r.state, r.tracked, r.why, r.advice, '', '', r.at
FROM document_fields f JOIN run_documents r ON r.run = f.run AND r.document = f.document
WHERE f.name = :field AND f.value = :value AND (f.run, f.document) < (:run, :document)
ORDER BY f.run DESC, f.document DESC LIMIT :most;

-- name: newest_documents
-- The documents of the newest runs, without what they say.
SELECT run, document, process, place, state, tracked, why, advice, '', '', at FROM run_documents
ORDER BY run DESC, document DESC LIMIT :most;

-- name: documents_before
-- The documents behind this one.
SELECT run, document, process, place, state, tracked, why, advice, '', '', at FROM run_documents
WHERE (run, document) < (:run, :document) ORDER BY run DESC, document DESC LIMIT :most;

-- name: changes_page
-- A part of the changes of a run, without the records; those that are held when :held is 1.
SELECT id, verb, type, key, place, state, attempt, record_id, total, kind, code, element, message, advice,
       '', note, at, request
FROM changes WHERE run = :run AND (:held = 0 OR state IN ('refused', 'unknown')) ORDER BY at, place, id LIMIT :most OFFSET :before;

-- name: count_changes
-- How many changes a run has, or holds.
SELECT count(*) FROM changes WHERE run = :run AND (:held = 0 OR state IN ('refused', 'unknown'));

-- name: count_held
-- How many documents wait for a person, by process and company.
SELECT process, count(*) FROM process_documents WHERE state IN ('refused', 'unknown') GROUP BY process ORDER BY process;

-- name: held_page
-- A part of the documents of a process that wait for a person, with why, and without what they say.
SELECT r.run, r.document, r.process, r.place, r.state, r.tracked, r.why, r.advice, '', '', r.at
FROM process_documents p JOIN run_documents r ON r.run = p.run AND r.document = p.document
WHERE p.process = :process AND p.state IN ('refused', 'unknown') ORDER BY p.document LIMIT :most OFFSET :before;

-- name: expect_callback
-- A browser was sent to sign in.
INSERT INTO callbacks (secret, at, address) VALUES (:secret, :at, '');

-- name: forget_callbacks
-- Sign-ins that nobody finished.
DELETE FROM callbacks WHERE at < :before;

-- name: receive_callback
-- A browser came back; no row when it is not expected, or was here before.
UPDATE callbacks SET address = :address WHERE secret = :secret AND address = '' AND at >= :since RETURNING secret;

-- name: take_callback
-- Where the browser ended; the address is good for once.
DELETE FROM callbacks WHERE secret = :secret AND address <> '' RETURNING address;

-- name: enter_agenda
-- A process of a company is to run; what is planned already stays.
INSERT INTO agenda (environment, process, company, lane, due, asked, state, task, outcome, begun, ended, succeeded, waits, reason, advice, counts)
VALUES (:environment, :process, :company, :lane, :due, 0, 'idle', '', '', '', '', '', 0, '', '', '{}')
ON CONFLICT (environment, process, company) DO UPDATE SET lane = excluded.lane;

-- name: leave_agenda
-- A process or a company is no longer there.
DELETE FROM agenda WHERE environment = :environment AND process = :process AND company = :company;

-- name: agenda
-- All of it, or what concerns one process, one company.
SELECT process, company, lane, due, asked, state, task, outcome, begun, ended, succeeded, waits, reason, advice, counts, progress
FROM agenda WHERE environment = :environment AND (process = :process OR :process = '') AND (company = :company OR :company = '')
ORDER BY company, process;

-- name: agenda_of_task
-- The row that a task is for.
SELECT process, company, lane, due, asked, state, task, outcome, begun, ended, succeeded, waits, reason, advice, counts, progress
FROM agenda WHERE environment = :environment AND process = :process AND company = :company AND task = :task;

-- name: agenda_due
-- What is to begin now and is not paused: what a person waits for, then the longest due first.
SELECT process, company, lane, due, asked, state, task, outcome, begun, ended, succeeded, waits, reason, advice, counts, progress
FROM agenda a
WHERE environment = :environment AND state = 'idle' AND due <> '' AND due <= :now AND NOT EXISTS
    (SELECT 1 FROM pauses p WHERE p.environment = a.environment AND p.process IN ('', a.process) AND p.company IN ('', a.company))
ORDER BY asked DESC, due, company, process LIMIT :most;

-- name: agenda_under_way
-- What the engine has.
SELECT process, company, lane, due, asked, state, task, outcome, begun, ended, succeeded, waits, reason, advice, counts, progress
FROM agenda WHERE environment = :environment AND state <> 'idle';

-- name: count_under_way
-- How much the engine has, and how much of it nobody has begun.
SELECT count(*), count(CASE WHEN state = 'queued' THEN 1 END) FROM agenda WHERE environment = :environment AND state <> 'idle';

-- name: agenda_page
-- A part of it, of companies whose names begin so, and that stand so.
SELECT process, company, lane, due, asked, state, task, outcome, begun, ended, succeeded, waits, reason, advice, counts, progress
FROM agenda
WHERE environment = :environment AND (process = :process OR :process = '') AND substr(company, 1, length(:beginning)) = :beginning
    AND (:standing = '' OR :standing = CASE WHEN state <> 'idle' THEN state WHEN outcome = '' THEN 'new' ELSE outcome END)
ORDER BY CASE WHEN :longest_first = 1 THEN succeeded ELSE '' END, company, process LIMIT :most OFFSET :before;

-- name: count_agenda
-- How much of it there is, of companies whose names begin so, and that stand so.
SELECT count(*) FROM agenda
WHERE environment = :environment AND (process = :process OR :process = '') AND substr(company, 1, length(:beginning)) = :beginning
    AND (:standing = '' OR :standing = CASE WHEN state <> 'idle' THEN state WHEN outcome = '' THEN 'new' ELSE outcome END);

-- name: agenda_times
-- When each process was begun last, and is due next.
SELECT process, max(begun), coalesce(min(CASE WHEN due <> '' THEN due END), '') FROM agenda
WHERE environment = :environment GROUP BY process;

-- name: agenda_figures
-- How many rows there are in each state, by process.
SELECT process, state, outcome, count(*), min(succeeded) FROM agenda WHERE environment = :environment GROUP BY process, state, outcome;

-- name: queue_agenda
-- It goes to the engine.
UPDATE agenda SET state = 'queued', task = :task, due = '', asked = 0
WHERE environment = :environment AND process = :process AND company = :company AND state = 'idle';

-- name: begin_agenda
-- A worker has it; of a run in parts the first one counts.
UPDATE agenda SET state = CASE WHEN state = 'cancelling' THEN state ELSE 'running' END,
    begun = CASE WHEN state = 'running' THEN begun ELSE :now END, progress = CASE WHEN state = 'queued' THEN '' ELSE progress END
WHERE environment = :environment AND process = :process AND company = :company AND task = :task
RETURNING process, company, lane, due, asked, state, task, outcome, begun, ended, succeeded, waits, reason, advice, counts, progress;

-- name: tell_progress
-- How far a run under way has come.
UPDATE agenda SET progress = :progress WHERE environment = :environment AND process = :process AND company = :company AND task = :task;

-- name: end_agenda
-- A run has ended. What was asked for meanwhile stays due, unless it has to wait.
UPDATE agenda SET state = 'idle', task = '', outcome = :outcome, ended = :now,
    succeeded = CASE WHEN :outcome = 'succeeded' THEN :now ELSE succeeded END,
    due = CASE WHEN due = '' OR :outcome = 'waiting' THEN :due ELSE due END,
    waits = CASE WHEN :outcome = 'waiting' THEN waits + 1 ELSE 0 END,
    reason = :reason, advice = :advice, counts = :counts, progress = ''
WHERE environment = :environment AND process = :process AND company = :company AND task = :task;

-- name: plan_agenda
-- When it is to begin next, unless it was asked for meanwhile.
UPDATE agenda SET due = :due
WHERE environment = :environment AND process = :process AND company = :company AND state = 'idle' AND due = :planned;

-- name: ask_agenda
-- It is to begin now, or once more when it is under way.
UPDATE agenda SET due = :now, asked = CASE WHEN asked = 1 THEN 1 ELSE :asked END
WHERE environment = :environment AND (process = :process OR :process = '') AND (company = :company OR :company = '') AND (due = '' OR due > :now OR asked < :asked);

-- name: cancel_agenda
-- What is queued does not begin, what is under way stops at its next step, and what was asked for is forgotten.
UPDATE agenda SET state = CASE WHEN state = 'idle' THEN state ELSE 'cancelling' END, due = '', asked = 0
WHERE environment = :environment AND process = :process AND (company = :company OR :company = '') AND (state <> 'idle' OR asked = 1)
RETURNING process, company;

-- name: begin_mirror_by_hand
-- A person runs a mirror, and holds its lock: whoever stands there was killed.
INSERT INTO mirrors_by_hand (environment, process, company, run, host, pid, begun, cancelled, progress)
VALUES (:environment, :process, :company, :run, :host, :pid, :begun, 0, '')
ON CONFLICT (environment, process, company) DO UPDATE SET run = excluded.run, host = excluded.host, pid = excluded.pid,
    begun = excluded.begun, cancelled = 0, progress = '';

-- name: mirrors_by_hand
-- What persons run, of all mirrors or of one.
SELECT process, company, run, host, pid, begun, cancelled, progress FROM mirrors_by_hand
WHERE environment = :environment AND (process = :process OR :process = '') ORDER BY process, company;

-- name: tell_mirror_by_hand
-- How far it has come.
UPDATE mirrors_by_hand SET progress = :progress WHERE environment = :environment AND run = :run;

-- name: cancel_mirror_by_hand
-- It is to stop at its next cursor.
UPDATE mirrors_by_hand SET cancelled = 1 WHERE environment = :environment AND run = :run RETURNING run;

-- name: mirror_by_hand_is_cancelled
-- Whether somebody wants it to stop.
SELECT cancelled FROM mirrors_by_hand WHERE environment = :environment AND run = :run;

-- name: end_mirror_by_hand
-- It is over.
DELETE FROM mirrors_by_hand WHERE environment = :environment AND run = :run;

-- name: company_zones
-- The time zones of all companies that are known, or of one.
SELECT company, zone FROM company_zones WHERE company = :company OR :company = '';

-- name: set_company_zone
-- The time zone of a company.
INSERT INTO company_zones (company, zone) VALUES (:company, :zone)
ON CONFLICT (company) DO UPDATE SET zone = excluded.zone;

-- name: pause
-- Begin nothing more of this.
INSERT INTO pauses (environment, process, company, since) VALUES (:environment, :process, :company, :since)
ON CONFLICT (environment, process, company) DO NOTHING;

-- name: resume
-- It may begin again.
DELETE FROM pauses WHERE environment = :environment AND process = :process AND company = :company;

-- name: pauses
-- What is paused.
SELECT process, company, since FROM pauses WHERE environment = :environment ORDER BY process, company;

-- name: raise_alert
-- Something that a person should know; the first time counts.
INSERT INTO alerts (environment, process, company, kind, since, message, advice, told)
VALUES (:environment, :process, :company, :kind, :since, :message, :advice, 0)
ON CONFLICT (environment, process, company, kind) DO UPDATE SET message = excluded.message, advice = excluded.advice;

-- name: clear_alert
-- It is well again; what differs is so until it ties out.
DELETE FROM alerts WHERE environment = :environment AND process = :process AND company = :company AND kind NOT IN (:but, 'differs');

-- name: alerts
-- What a person should know.
SELECT process, company, kind, since, message, advice, told FROM alerts WHERE environment = :environment ORDER BY since, process, company, kind;

-- name: alert_told
-- An alert was delivered.
UPDATE alerts SET told = 1 WHERE environment = :environment AND process = :process AND company = :company AND kind = :kind;

-- name: keep_event
-- What a webhook told; a second time it is nothing new.
INSERT INTO events (id, company, type, record, verb, at, received)
VALUES (:id, :company, :type, :record, :verb, :at, :received) ON CONFLICT (id) DO NOTHING RETURNING id;

-- name: forget_events
-- Events that nobody repeats any more.
DELETE FROM events WHERE received < :before;

-- name: keep_arrival
-- A document came.
INSERT INTO arrivals (connection, id, type, name, digest, document)
VALUES (:connection, :id, :type, :title, :digest, :document);

-- name: last_arrival_of_name
-- The last document of a name that waits.
SELECT id, digest FROM arrivals
WHERE connection = :connection AND type = :type AND name = :title ORDER BY id DESC LIMIT 1;

-- name: arrivals_waiting
-- Documents in the order in which they came, after one of them.
SELECT id, name, document FROM arrivals
WHERE connection = :connection AND type = :type AND id > :after ORDER BY id LIMIT :most;

-- name: last_arrival
-- The id of the last document that waits.
SELECT id FROM arrivals WHERE connection = :connection AND type = :type ORDER BY id DESC LIMIT 1;

-- name: forget_arrival
-- A document was dealt with.
DELETE FROM arrivals WHERE connection = :connection AND id = :id;

-- name: delivery
-- What was answered to a request.
SELECT digest, ids FROM deliveries WHERE connection = :connection AND key = :key;

-- name: keep_delivery
-- What is answered to a request, from now on.
INSERT INTO deliveries (connection, key, digest, ids, at) VALUES (:connection, :key, :digest, :ids, :at);

-- name: forget_deliveries
-- Requests that nobody repeats any more.
DELETE FROM deliveries WHERE at < :before;

-- name: console_users
-- Who may look at the console.
SELECT name, role, password, made FROM console_users ORDER BY name;

-- name: console_user
-- One of them.
SELECT name, role, password, made FROM console_users WHERE name = :who;

-- name: set_console_user
-- A user with a role and a password, in the place of the one before.
INSERT INTO console_users (name, role, password, made) VALUES (:who, :role, :password, :at)
ON CONFLICT (name) DO UPDATE SET role = excluded.role, password = excluded.password;

-- name: remove_console_user
-- A user who may not look any more.
DELETE FROM console_users WHERE name = :who;

-- name: console_sessions
-- Browsers that are signed in, with the role of their user; one that came by a link has no user.
SELECT s.digest, s.name, CASE s.name WHEN '' THEN 'admin' ELSE u.role END, s.begun, s.seen, s.browser
FROM console_sessions s LEFT JOIN console_users u ON u.name = s.name
WHERE s.seen > :since AND (s.name = '' OR u.name IS NOT NULL) ORDER BY s.seen DESC;

-- name: console_session
-- One of them.
SELECT s.digest, s.name, CASE s.name WHEN '' THEN 'admin' ELSE u.role END, s.begun, s.seen, s.browser
FROM console_sessions s LEFT JOIN console_users u ON u.name = s.name
WHERE s.digest = :digest AND s.seen > :since AND (s.name = '' OR u.name IS NOT NULL);

-- name: begin_console_session
-- A browser signed in.
INSERT INTO console_sessions (digest, name, begun, seen, browser) VALUES (:digest, :who, :at, :at, :browser);

-- name: console_session_seen
-- It is still there.
UPDATE console_sessions SET seen = :at WHERE digest = :digest;

-- name: end_console_session
-- One browser is signed out.
DELETE FROM console_sessions WHERE digest = :digest;

-- name: end_console_sessions_of
-- All browsers of a user are signed out.
DELETE FROM console_sessions WHERE name = :who;

-- name: end_console_sessions
-- All browsers are signed out, or those that nobody looked with since.
DELETE FROM console_sessions WHERE seen <= :before;

-- name: api_keys
-- Programs that may call.
SELECT name, role, digest, made, used FROM api_keys ORDER BY name;

-- name: api_key
-- The one with this key.
SELECT name, role, digest, made, used FROM api_keys WHERE digest = :digest;

-- name: set_api_key
-- A key, in the place of the one before.
INSERT INTO api_keys (name, role, digest, made, used) VALUES (:who, :role, :digest, :at, '')
ON CONFLICT (name) DO UPDATE SET role = excluded.role, digest = excluded.digest, made = excluded.made, used = '';

-- name: api_key_used
-- It was used.
UPDATE api_keys SET used = :at WHERE name = :who;

-- name: remove_api_key
-- A key that is good no more.
DELETE FROM api_keys WHERE name = :who;

-- name: company_file
-- What is known of the company file of a connection.
SELECT identity, file, file_id, company FROM company_files WHERE identity = :identity;

-- name: company_files_with_id
-- The places where a company file was met.
SELECT identity, file, file_id, company FROM company_files WHERE file_id = :file_id AND file_id <> '' ORDER BY at;

-- name: company_files_at
-- The company files that were met at a path, in any case.
SELECT identity, file, file_id, company FROM company_files WHERE lower(file) = lower(:file) ORDER BY at DESC;

-- name: remember_company_file
-- A company file was met.
INSERT INTO company_files (identity, file, file_id, company, at) VALUES (:identity, :file, :file_id, :company, :at)
ON CONFLICT (identity) DO UPDATE SET
    file = excluded.file, file_id = excluded.file_id, company = excluded.company, at = excluded.at;

-- name: want_tie_out
-- A comparison is asked for.
INSERT INTO tie_outs_wanted (environment, process, company) VALUES (:environment, :process, :company)
ON CONFLICT (environment, process, company) DO NOTHING;

-- name: is_tie_out_wanted
-- Whether a comparison is asked for.
SELECT 1 FROM tie_outs_wanted WHERE environment = :environment AND process = :process AND company = :company;

-- name: wanted_tie_outs
-- Every comparison that is asked for.
SELECT process, company FROM tie_outs_wanted WHERE environment = :environment;

-- name: give_up_tie_out
-- A comparison is asked for no more.
DELETE FROM tie_outs_wanted WHERE environment = :environment AND process = :process AND company = :company;

-- name: keep_tie_out
-- What came of a comparison.
INSERT INTO tie_outs (environment, process, company, at, agrees, records, accounts, told)
VALUES (:environment, :process, :company, :at, :agrees, :records, :accounts, :told)
ON CONFLICT (environment, process, company, at) DO UPDATE SET
    agrees = excluded.agrees, records = excluded.records, accounts = excluded.accounts, told = excluded.told;

-- name: forget_tie_outs
-- All comparisons of a mirror but the newest ones.
DELETE FROM tie_outs WHERE environment = :environment AND process = :process AND company = :company AND at NOT IN
    (SELECT at FROM tie_outs WHERE environment = :environment AND process = :process AND company = :company
     ORDER BY at DESC LIMIT :most);

-- name: latest_tie_outs
-- The last comparison of each mirror and company.
SELECT process, company, at, agrees, records, accounts, told FROM tie_outs t
WHERE environment = :environment AND at = (SELECT max(at) FROM tie_outs u WHERE u.environment = t.environment
    AND u.process = t.process AND u.company = t.company)
ORDER BY agrees, at DESC, process, company LIMIT :most;

-- name: tie_outs_of
-- The comparisons of a mirror, newest first.
SELECT process, company, at, agrees, records, accounts, told FROM tie_outs
WHERE environment = :environment AND process = :process AND company = :company ORDER BY at DESC;

-- name: end_alert
-- One thing is well again.
DELETE FROM alerts WHERE environment = :environment AND process = :process AND company = :company AND kind = :kind;
