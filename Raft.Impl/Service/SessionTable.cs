using Raft.Impl.Binary;

namespace Raft.Impl.Service;

/// <summary>The open sessions, and the log time. It changes by committed commands only, in their order.</summary>
/// <param name="options">The limits.</param>
internal sealed class SessionTable(SessionOptions options)
{
    private const byte _version = 1;
    private const string _what = "A snapshot of sessions";

    // By their last command, the oldest first: log time never goes back, so this is the order in which they expire.
    private readonly LinkedList<Session> _byActivity = new();
    private readonly Dictionary<long, LinkedListNode<Session>> _byName = [];

    /// <summary>The latest time of a command, in milliseconds.</summary>
    public long LogTime { get; private set; }

    /// <summary>How many sessions are open.</summary>
    public int Count => _byActivity.Count;

    /// <summary>Moves log time on, never back. Sessions whose time has passed expire.</summary>
    public void Advance(long time)
    {
        LogTime = Math.Max(LogTime, time);
        while (_byActivity.First is { } oldest && LogTime - oldest.Value.LastActive > options.Timeout.TotalMilliseconds)
        {
            Remove(oldest);
        }
    }

    /// <summary>Opens a session. Null: there are too many.</summary>
    public Session? Open(long name)
    {
        if (Count >= options.MaxSessions)
        {
            return null;
        }

        var session = new Session(name) { LastActive = LogTime };
        _byName.Add(name, _byActivity.AddLast(session));
        return session;
    }

    /// <summary>Finds a session, and keeps it from expiring. Null: there is none.</summary>
    public Session? Use(long name)
    {
        if (!_byName.TryGetValue(name, out var session))
        {
            return null;
        }

        session.Value.LastActive = LogTime;
        _byActivity.Remove(session);
        _byActivity.AddLast(session);
        return session.Value;
    }

    /// <summary>Closes a session. The result says whether there was one.</summary>
    public bool Close(long name)
    {
        if (!_byName.TryGetValue(name, out var session))
        {
            return false;
        }

        Remove(session);
        return true;
    }

    /// <summary>The whole table.</summary>
    public byte[] Encode()
    {
        var writer = new ByteWriter();
        writer.Byte(_version);
        writer.Number(LogTime);
        writer.Number(Count);
        foreach (var session in _byActivity)
        {
            writer.Number(session.Name);
            writer.Number(session.LastActive);
            writer.Number(session.FirstPending);
            writer.Number(session.Answers.Count);
            foreach (var (sequence, answer) in session.Answers)
            {
                writer.Number(sequence);
                writer.Bytes(answer.Span);
            }
        }

        return writer.ToArray();
    }

    /// <summary>Reads a table.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a table.</exception>
    public static SessionTable Decode(ReadOnlySpan<byte> bytes, SessionOptions options)
    {
        var reader = new ByteReader(bytes, _what);
        if (reader.Byte("its version") is var version and not _version)
        {
            throw reader.Damaged($"its version is {version}, not {_version}");
        }

        var table = new SessionTable(options) { LogTime = reader.Number("the log time") };
        var sessions = reader.Number("the number of sessions");
        var lastActive = 0L;
        for (var i = 0L; i < sessions; i++)
        {
            var session = new Session(reader.Number("a session")) { LastActive = reader.Number("the time of its last command") };
            if (session.LastActive < lastActive || session.LastActive > table.LogTime || table._byName.ContainsKey(session.Name))
            {
                throw reader.Damaged($"session {session.Name} is not in its place");
            }

            lastActive = session.LastActive;
            session.Acknowledge(reader.Number("the first number that is pending"));
            ReadAnswers(ref reader, session);
            table._byName.Add(session.Name, table._byActivity.AddLast(session));
        }

        reader.End();
        return table;
    }

    private static void ReadAnswers(ref ByteReader reader, Session session)
    {
        var answers = reader.Number("the number of answers");
        var last = session.FirstPending - 1;
        for (var i = 0L; i < answers; i++)
        {
            var sequence = reader.Number("the number of a command");
            if (sequence <= last)
            {
                throw reader.Damaged($"the answer to {sequence} is not in its place");
            }

            last = sequence;
            session.Keep(sequence, reader.Bytes("the length of an answer").ToArray());
        }
    }

    private void Remove(LinkedListNode<Session> session)
    {
        _byActivity.Remove(session);
        _byName.Remove(session.Value.Name);
    }
}
