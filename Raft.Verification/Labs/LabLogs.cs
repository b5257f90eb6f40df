using Raft.Impl.Core;

namespace Raft.Verification.Labs;

/// <summary>
/// What the services of all servers have applied: the labs' record of commits. An index whose entry is a no-op has no command. Thread-safe.
/// </summary>
/// <param name="servers">How many servers there are.</param>
internal sealed class LabLogs(int servers)
{
    private readonly object _gate = new();

    // What each server applied, from index 1 on.
    private readonly List<Command?>[] _logs = [.. Enumerable.Range(0, servers).Select(_ => new List<Command?>())];
    private long _highest;

    /// <summary>The highest index that any server applied.</summary>
    public long Highest
    {
        get
        {
            lock (_gate)
            {
                return _highest;
            }
        }
    }

    /// <summary>Records what a server applied, and compares it with what all servers applied before.</summary>
    /// <param name="server">The number of the server.</param>
    /// <param name="index">The index.</param>
    /// <param name="command">The command; null if the entry is a no-op, which the service does not get.</param>
    /// <exception cref="LabFailure">Another command was applied at that index, or this server skipped an index.</exception>
    public void Apply(int server, long index, Command? command)
    {
        lock (_gate)
        {
            for (var other = 0; other < servers; other++)
            {
                if (TryGet(_logs[other], index, out var applied) && applied != command)
                {
                    throw new LabFailure(
                        $"apply error: at index {index}, server {server} applied {TextOf(command)}, "
                            + $"but server {other} applied {TextOf(applied)}.");
                }
            }

            var log = _logs[server];
            if (index < 1 || index > log.Count + 1)
            {
                throw new LabFailure(
                    $"apply error: server {server} applied entry {index} out of order: it has not applied entry {index - 1}.");
            }

            if (index > log.Count)
            {
                log.Add(command);
            }

            _highest = Math.Max(_highest, index);
        }
    }

    /// <summary>Records that a snapshot gave a server all commands from index 1 on; null stands for a no-op.</summary>
    public void Replace(int server, IReadOnlyList<Command?> commands)
    {
        lock (_gate)
        {
            _logs[server].Clear();
            _logs[server].AddRange(commands);
            _highest = Math.Max(_highest, commands.Count);
        }
    }

    /// <summary>Forgets what a server applied.</summary>
    public void Clear(int server)
    {
        lock (_gate)
        {
            _logs[server].Clear();
        }
    }

    /// <summary>How many servers applied an index, and the command; no command if the entry is a no-op.</summary>
    /// <exception cref="LabFailure">They applied different commands.</exception>
    public (int Count, Command? Value) At(long index)
    {
        lock (_gate)
        {
            var count = 0;
            Command? value = null;
            foreach (var log in _logs)
            {
                if (!TryGet(log, index, out var command))
                {
                    continue;
                }

                if (count > 0 && value != command)
                {
                    throw new LabFailure(
                        $"committed values do not match: at index {index}, {TextOf(value)} and {TextOf(command)}.");
                }

                value = command;
                count++;
            }

            return (count, value);
        }
    }

    private static bool TryGet(List<Command?> log, long index, out Command? command)
    {
        var holds = index >= 1 && index <= log.Count;
        command = holds ? log[(int)index - 1] : null;
        return holds;
    }

    private static string TextOf(Command? command) => command?.ToString() ?? "no command";
}
