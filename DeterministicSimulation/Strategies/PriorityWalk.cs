namespace DeterministicSimulation;

/// <summary>
/// PCT, probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte: "A randomized scheduler with probabilistic
/// guarantees of finding bugs", ASPLOS 2010). Each thread has a random priority, and the thread of highest priority runs. At d - 1 change
/// points, drawn in advance, the thread that would run gets the lowest priority. With n threads and k steps, PCT finds a bug of depth d
/// with a probability of at least 1/(n k^(d-1)).
/// </summary>
/// <remarks>
/// The threads are, for each server, its code, its incoming messages and its disk, each in the order of arrival; and the workload.
/// </remarks>
/// <param name="depth">d, at least 1.</param>
/// <param name="length">k, the number of choices among which the change points are drawn.</param>
public sealed class PriorityWalk(int depth = 12, int length = 400) : SwarmStrategy
{
    private const int _servers = SimulationOptions.MaxServers + 1;

    // A thread whose priority was lowered has 0 or less; the last one has the lowest.
    private readonly int[] _priorities = new int[_servers * (int)OperationKind.Timer];
    private readonly int[] _changePoints = new int[depth - 1];
    private int _choices;
    private int _lowered;

    private protected override void BeginWork(ref SplitMix64 random)
    {
        _choices = 0;
        _lowered = 0;
        for (var i = 0; i < _priorities.Length; i++)
        {
            // The inside-out shuffle of Fisher and Yates.
            var other = random.Next(i + 1);
            _priorities[i] = _priorities[other];
            _priorities[other] = i + 1;
        }

        for (var i = 0; i < _changePoints.Length; i++)
        {
            _changePoints[i] = random.Next(length);
        }
    }

    private protected override int ChooseWork(ReadOnlySpan<Operation> work, ref SplitMix64 random)
    {
        var choice = Highest(work);
        for (var changes = _changePoints.AsSpan().Count(_choices++); changes > 0; changes--)
        {
            _priorities[ThreadOf(work[choice])] = -_lowered++;
            choice = Highest(work);
        }

        return choice;
    }

    private int Highest(ReadOnlySpan<Operation> work)
    {
        var highest = 0;
        for (var i = 1; i < work.Length; i++)
        {
            if (_priorities[ThreadOf(work[i])] > _priorities[ThreadOf(work[highest])])
            {
                highest = i;
            }
        }

        return highest;
    }

    private static int ThreadOf(Operation operation) => ((int)operation.Kind * _servers) + operation.Server;
}
