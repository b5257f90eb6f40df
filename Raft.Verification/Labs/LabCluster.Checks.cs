using System.Globalization;
using Raft.Impl.Core;

namespace Raft.Verification.Labs;

// The expectations of the tests.
public sealed partial class LabCluster
{
    private static readonly TimeSpan _agreementLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _commitLimit = TimeSpan.FromSeconds(2);

    /// <summary>Fails the test unless a condition holds.</summary>
    /// <exception cref="LabFailure">The condition does not hold.</exception>
    public static void Expect(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new LabFailure(otherwise);
        }
    }

    /// <summary>Expects that a command is a number, as in all tests but RPCBytes.</summary>
    public static void ExpectNumber(Command command, long index) =>
        Expect(
            long.TryParse(command.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out _),
            $"expected a number at index {index}, got {Short(command)}");

    /// <summary>Logs a warning, which is not a failure.</summary>
    public void Warn(string what) => Note($"warning: {what}");

    /// <summary>
    /// Expects that a server on the network leads within about 5 s, and that no term has two leaders. A disconnected leader may not know
    /// yet that it was deposed.
    /// </summary>
    /// <returns>The leader of the latest term.</returns>
    public async Task<int> CheckOneLeaderAsync()
    {
        for (var round = 0; round < 10; round++)
        {
            await SleepAsync(450 + Random.Next(100));
            int? last = null;
            foreach (var term in Connected().Where(one => one.Status.IsLeader).GroupBy(one => one.Status.Term).OrderBy(one => one.Key))
            {
                Expect(
                    term.Count() == 1,
                    $"expected one leader of term {term.Key}, got {string.Join(" and ", term.Select(one => one.Server))}");
                last = term.First().Server;
            }

            if (last is { } leader)
            {
                return leader;
            }
        }

        throw new LabFailure("expected one leader within 5 s, got none");
    }

    /// <summary>Expects that all servers on the network are in the same term.</summary>
    /// <returns>The term.</returns>
    public Term CheckTerms()
    {
        Term[] terms = [.. Connected().Select(one => one.Status.Term).Distinct()];
        Expect(terms.Length == 1, $"expected all servers to agree on the term, got {string.Join(", ", terms)}");
        return terms[0];
    }

    /// <summary>Expects that no server on the network leads.</summary>
    public void CheckNoLeader()
    {
        foreach (var (server, status) in Connected())
        {
            Expect(!status.IsLeader, $"expected no leader among the connected servers, but server {server} leads term {status.Term}");
        }
    }

    /// <summary>The term of a server, or null while it is down.</summary>
    public Term? TermOf(int server) => _world.Status(Id(server))?.Term;

    /// <summary>Whether any server is in another term.</summary>
    public bool AnyTermOtherThan(Term term) => Enumerable.Range(0, Servers).Any(server => TermOf(server) is { } its && its != term);

    /// <summary>How many servers have applied an index, and the command; no command if the entry is a no-op.</summary>
    public (int Count, Command? Value) Committed(long index) => _logs.At(index);

    /// <summary>Expects that no server has applied an index.</summary>
    public void CheckNothingCommitted(long index, string why)
    {
        var count = Committed(index).Count;
        Expect(count == 0, $"expected entry {index} not to be committed {why}, but {count} servers have applied it");
    }

    /// <summary>
    /// The labs' one(): full agreement on a command, within 10 s. It is proposed to a connected server that claims to lead.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="expected">How many servers must have applied it.</param>
    /// <param name="retry">Whether to propose it again if it was not committed after 2 s.</param>
    /// <returns>Its index.</returns>
    public async Task<long> OneAsync(Command command, int expected, bool retry)
    {
        var begun = _world.Time.GetTimestamp();
        var cursor = 0;
        while (_world.Time.GetElapsedTime(begun) < _agreementLimit)
        {
            long? index = null;
            for (var tried = 0; tried < Servers && index is null; tried++)
            {
                cursor = (cursor + 1) % Servers;
                if (IsConnected(cursor) && await ProposeAsync(cursor, command) is { IsTaken: true } proposal)
                {
                    index = proposal.Index.Value;
                }
            }

            if (index is not { } accepted)
            {
                await SleepAsync(50);
                continue;
            }

            if (await IsCommittedAsync(accepted, command, expected))
            {
                return accepted;
            }

            Expect(
                retry,
                $"expected {expected} servers to agree on {Short(command)} at index {accepted} within 2 s, got "
                    + $"{Committed(accepted).Count}");
        }

        throw new LabFailure($"expected {expected} servers to agree on {Short(command)} within 10 s, but they did not");
    }

    /// <summary>The labs' wait(): waits for up to 30 s until a number of servers have applied an index.</summary>
    /// <param name="index">The index.</param>
    /// <param name="expected">How many servers.</param>
    /// <param name="term">If given, stops waiting as soon as any server is in a later term.</param>
    /// <returns>The command; null if it stopped waiting, or if the entry is a no-op.</returns>
    public async Task<Command?> WaitAsync(long index, int expected, Term? term)
    {
        var pause = 10;
        for (var poll = 0; poll < 30 && Committed(index).Count < expected; poll++)
        {
            await SleepAsync(pause);
            pause = pause < 1000 ? pause * 2 : pause;
            if (term is { } begun && Enumerable.Range(0, Servers).Any(server => TermOf(server) > begun))
            {
                return null;
            }
        }

        var (count, value) = Committed(index);
        Expect(count >= expected, $"expected {expected} servers to apply entry {index} within 30 s, got {count}");
        return value;
    }

    private async Task<bool> IsCommittedAsync(long index, Command command, int expected)
    {
        var begun = _world.Time.GetTimestamp();
        while (_world.Time.GetElapsedTime(begun) < _commitLimit)
        {
            var (count, value) = Committed(index);
            if (count >= expected && value == command)
            {
                return true;
            }

            await SleepAsync(20);
        }

        return false;
    }

    private IEnumerable<(int Server, Impl.Node.NodeStatus Status)> Connected()
    {
        for (var server = 0; server < Servers; server++)
        {
            if (IsConnected(server) && _world.Status(Id(server)) is { } status)
            {
                yield return (server, status);
            }
        }
    }

    private static string Short(Command command) => command.ToString() is { Length: > 40 } text ? $"{text[..40]}..." : command.ToString();
}
