using System.Buffers.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Service;

/// <summary>
/// Client sessions (Ongaro's dissertation, §6.3) around another state machine: a command that a client sends again is applied once, and
/// gets the answer of the first time, also after a crash, from another leader, or after a snapshot. The entries of the log must be <see
/// cref="SessionCommand"/>s; the answers are <see cref="SessionAnswer"/>s.
/// </summary>
/// <remarks>
/// <para>
/// A client opens a session, numbers its commands from 1, sends a command until it has an answer, and never uses a number twice. It may
/// have several commands under way. With each it says which answers it does not need any more.
/// </para>
/// <para>
/// Sessions expire by log time: the latest time that a committed command bears. So each server lets a session expire at the same entry. A
/// server whose clock is far ahead makes sessions expire early, and then none expires until the others' clocks get there. A client whose
/// session has expired cannot know whether its last command was applied.
/// </para>
/// </remarks>
public sealed class SessionStateMachine : IStateMachine
{
    private readonly IStateMachine _inner;
    private readonly SessionOptions _options;
    private SessionTable _sessions;

    /// <summary>Puts sessions around a state machine.</summary>
    /// <param name="inner">The state machine, empty.</param>
    /// <param name="options">The limits; null: the defaults.</param>
    /// <exception cref="ArgumentNullException">The state machine is null.</exception>
    public SessionStateMachine(IStateMachine inner, SessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        _options = options ?? new SessionOptions();
        _sessions = new SessionTable(_options);
    }

    /// <summary>How many sessions are open.</summary>
    public int Sessions => _sessions.Count;

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">The entries are null.</exception>
    /// <exception cref="InvalidOperationException">The inner state machine did not give one answer to each entry.</exception>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> ApplyAsync(
        IReadOnlyList<ApplyMessage> entries, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var answers = new ReadOnlyMemory<byte>[entries.Count];
        var pending = new PendingBatch();
        for (var i = 0; i < entries.Count; i++)
        {
            var command = Parse(entries[i].Command);

            // Whether a session takes a command depends on its earlier answers. It must not depend on how the log is cut into batches.
            if (command is not null && pending.Has(command.Session))
            {
                await ApplyAsync(pending, answers, cancellationToken);
            }

            if (Decide(entries[i], command, i, pending) is { } decided)
            {
                answers[i] = decided.Encode();
            }
        }

        await ApplyAsync(pending, answers, cancellationToken);
        return answers;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">The destination is null.</exception>
    public async Task SnapshotAsync(Stream destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var table = _sessions.Encode();
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, table.Length);
        await destination.WriteAsync(length.AsMemory(), cancellationToken);
        await destination.WriteAsync(table.AsMemory(), cancellationToken);
        await _inner.SnapshotAsync(destination, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">The source is null.</exception>
    /// <exception cref="InvalidDataException">The snapshot is damaged.</exception>
    public async Task RestoreAsync(Stream source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        var header = await ReadAsync(source, sizeof(int), cancellationToken);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        _sessions = SessionTable.Decode(await ReadAsync(source, length, cancellationToken), _options);
        await _inner.RestoreAsync(source, cancellationToken);
    }

    private static SessionCommand? Parse(Command command)
    {
        try
        {
            return SessionCommand.Decode(command);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    // Null: the service will apply it.
    private SessionAnswer? Decide(ApplyMessage entry, SessionCommand? command, int position, PendingBatch pending)
    {
        if (command is null)
        {
            return new SessionAnswer(SessionOutcome.Malformed);
        }

        _sessions.Advance(command.Time);
        if (command.Request == SessionRequest.Register)
        {
            return _sessions.Open(entry.Index.Value) is { } opened
                ? new SessionAnswer(SessionOutcome.Registered, opened.Name)
                : new SessionAnswer(SessionOutcome.TooManySessions);
        }

        if (command.Request == SessionRequest.Close)
        {
            return new SessionAnswer(_sessions.Close(command.Session) ? SessionOutcome.Done : SessionOutcome.Expired);
        }

        if (_sessions.Use(command.Session) is not { } session)
        {
            return new SessionAnswer(SessionOutcome.Expired);
        }

        if (command.Request == SessionRequest.KeepAlive)
        {
            return new SessionAnswer(SessionOutcome.Done);
        }

        session.Acknowledge(command.FirstPending);
        if (command.Sequence < session.FirstPending)
        {
            return new SessionAnswer(SessionOutcome.Forgotten);
        }

        if (session.Answers.TryGetValue(command.Sequence, out var answer))
        {
            return new SessionAnswer(SessionOutcome.Applied, Answer: answer);
        }

        if (session.Answers.Count >= _options.MaxAnswers || session.AnswerBytes >= _options.MaxAnswerBytes)
        {
            return new SessionAnswer(SessionOutcome.TooManyAnswers);
        }

        pending.Add(new ApplyMessage(entry.Index, new LogEntry(entry.Term, command.Command)), session, command.Sequence, position);
        return null;
    }

    private async Task ApplyAsync(PendingBatch pending, ReadOnlyMemory<byte>[] answers, CancellationToken cancellationToken)
    {
        if (pending.Entries.Count == 0)
        {
            return;
        }

        var results = await _inner.ApplyAsync(pending.Entries, cancellationToken);
        if (results.Count != pending.Entries.Count)
        {
            throw new InvalidOperationException($"The service gave {results.Count} answers to {pending.Entries.Count} entries.");
        }

        for (var i = 0; i < results.Count; i++)
        {
            var (session, sequence, position) = pending.Origins[i];
            session.Keep(sequence, results[i]);
            answers[position] = new SessionAnswer(SessionOutcome.Applied, Answer: results[i]).Encode();
        }

        pending.Clear();
    }

    private static async Task<byte[]> ReadAsync(Stream source, int length, CancellationToken cancellationToken)
    {
        if (length < 0)
        {
            throw new InvalidDataException($"A snapshot of sessions is damaged: its length is {length}.");
        }

        // A damaged length must not reserve memory: the bytes are copied as they come.
        using var copy = new MemoryStream();
        var buffer = new byte[Math.Min(length, 1 << 16)];
        while (copy.Length < length)
        {
            var read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - copy.Length)), cancellationToken);
            if (read == 0)
            {
                throw new InvalidDataException($"A snapshot of sessions is damaged: it ends after {copy.Length} of {length} bytes.");
            }

            copy.Write(buffer, 0, read);
        }

        return copy.ToArray();
    }

    // Commands that the service applies together, at most one of each session.
    private sealed class PendingBatch
    {
        private readonly HashSet<long> _sessions = [];

        public List<ApplyMessage> Entries { get; private set; } = [];

        public List<(Session Session, long Sequence, int Position)> Origins { get; } = [];

        public bool Has(long session) => _sessions.Contains(session);

        public void Add(ApplyMessage entry, Session session, long sequence, int position)
        {
            Entries.Add(entry);
            Origins.Add((session, sequence, position));
            _sessions.Add(session.Name);
        }

        // The service may have kept the list.
        public void Clear()
        {
            Entries = [];
            Origins.Clear();
            _sessions.Clear();
        }
    }
}
