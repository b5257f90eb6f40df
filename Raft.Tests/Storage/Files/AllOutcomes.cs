using DeterministicSimulation;

namespace Raft.Tests.Storage.Files;

/// <summary>Enumerates every sequence of choices of a procedure: each run makes the next sequence, depth first.</summary>
internal sealed class AllOutcomes
{
    private readonly List<(int Chosen, int Outcomes)> _path = [];
    private int _next;

    /// <summary>The disk after each possible crash.</summary>
    public static IEnumerable<DiskImage> OfCrash(DiskImage image)
    {
        var choices = new AllOutcomes();
        do
        {
            var crashed = image.Clone();
            crashed.Crash(choices.Choose);
            yield return crashed;
        }
        while (choices.Next());
    }

    /// <summary>The choice at this point of the run.</summary>
    public int Choose(int outcomes)
    {
        if (_next == _path.Count)
        {
            _path.Add((0, outcomes));
        }

        return _path[_next++].Chosen;
    }

    /// <summary>Goes on to the next sequence.</summary>
    /// <returns>False if there is none.</returns>
    public bool Next()
    {
        _next = 0;
        while (_path is [.., var last])
        {
            _path.RemoveAt(_path.Count - 1);
            if (last.Chosen + 1 < last.Outcomes)
            {
                _path.Add((last.Chosen + 1, last.Outcomes));
                return true;
            }
        }

        return false;
    }
}
