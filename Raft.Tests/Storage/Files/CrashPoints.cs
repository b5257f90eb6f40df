using DeterministicSimulation;
using Raft.Impl.Core;

namespace Raft.Tests.Storage.Files;

/// <summary>The moments of a history at which the power may fail: before each of its operations on files, and at its end.</summary>
internal sealed class CrashPoints
{
    private readonly StorageHistory _history;
    private readonly List<CrashPoint> _points = [];

    public CrashPoints(StorageHistory history)
    {
        _history = history;
        history.Before = _ => Add();
    }

    public IReadOnlyList<CrashPoint> All => _points;

    public void Add() => _points.Add(new CrashPoint(_history, _history.Image.Clone(), _history.Acknowledged, _history.Issued));
}

/// <summary>A moment at which the power may fail.</summary>
/// <param name="history">The history that is interrupted.</param>
/// <param name="image">The disk at that moment.</param>
/// <param name="acknowledged">The number of writes that were acknowledged.</param>
/// <param name="issued">The number of writes that were begun.</param>
internal sealed class CrashPoint(StorageHistory history, DiskImage image, int acknowledged, int issued)
{
    /// <summary>The disk after each possible crash.</summary>
    public IEnumerable<DiskImage> Outcomes() => AllOutcomes.OfCrash(image);

    /// <summary>The disk after the end of the process alone: what is not durable is still there.</summary>
    public DiskImage EndOfProcess() => image.Clone();

    /// <summary>Checks what was read after a crash: all acknowledged writes, and a prefix of the others.</summary>
    /// <returns>The number of writes that it holds.</returns>
    public int Check(DurableState state)
    {
        for (var i = acknowledged; i <= issued; i++)
        {
            if (history.States[i] == state)
            {
                return i;
            }
        }

        Assert.Fail($"{acknowledged} of {issued} writes were acknowledged, but the files hold {state}.");
        return 0;
    }
}
