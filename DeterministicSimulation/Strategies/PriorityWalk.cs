namespace DeterministicSimulation;

/// <summary>
/// PCT, probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte: "A randomized scheduler with probabilistic guarantees of finding
/// bugs", ASPLOS 2010). Who runs concurrently has a random priority, and the highest always goes first, but for d - 1 moments, drawn in advance, at which
/// whoever is about to go falls below all others. With n of them and k steps it finds a bug of depth d with a probability of at least 1/(n k^(d-1)).
/// </summary>
/// <remarks>
/// Here it is the code of a server, what arrives there, and its disk that run concurrently, each in the order in which it came; and the scenario.
/// </remarks>
/// <param name="depth">d, at least 1.</param>
/// <param name="length">k, the choices among which the moments are drawn.</param>
public sealed class PriorityWalk(int depth = 12, int length = 400) : SwarmStrategy
{
    private const int _servers = SimulationOptions.MaxServers + 1;

    // Those who have fallen are at 0 and below, who fell last the lowest.
    private readonly int[] _priorities = new int[_servers * (int)OperationKind.Timer];
    private readonly int[] _falls = new int[depth - 1];
    private int _choices;
    private int _fallen;

    private protected override void BeginWork(ref SplitMix64 random)
    {
        _choices = 0;
        _fallen = 0;
        for (var i = 0; i < _priorities.Length; i++)
        {
            // An even shuffle, from the inside out (Fisher, Yates).
            var other = random.Next(i + 1);
            _priorities[i] = _priorities[other];
            _priorities[other] = i + 1;
        }

        for (var i = 0; i < _falls.Length; i++)
        {
            _falls[i] = random.Next(length);
        }
    }

    private protected override int ChooseWork(ReadOnlySpan<Operation> work, ref SplitMix64 random)
    {
        var choice = Highest(work);
        for (var falls = _falls.AsSpan().Count(_choices++); falls > 0; falls--)
        {
            _priorities[Runner(work[choice])] = -_fallen++;
            choice = Highest(work);
        }

        return choice;
    }

    private int Highest(ReadOnlySpan<Operation> work)
    {
        var highest = 0;
        for (var i = 1; i < work.Length; i++)
        {
            if (_priorities[Runner(work[i])] > _priorities[Runner(work[highest])])
            {
                highest = i;
            }
        }

        return highest;
    }

    private static int Runner(Operation operation) => ((int)operation.Kind * _servers) + operation.Server;
}
