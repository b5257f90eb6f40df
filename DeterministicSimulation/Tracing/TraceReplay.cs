namespace DeterministicSimulation;

/// <summary>Runs a trace again, bit for bit, and holds what happens against what it tells.</summary>
public sealed class TraceReplay(Trace trace, IWorkload workload)
{
    private int _compared;
    private long _seen;
    private string? _difference;
    private CancellationTokenSource? _differs;

    /// <summary>Called before each step, with its number; null: nobody listens.</summary>
    public Action<long>? BeforeStep { get; init; }

    /// <summary>Ends it before its end.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>How many events to keep, of the last ones: as many as the trace has, unless somebody says otherwise.</summary>
    public int KeepEvents { get; init; } = trace.EventsBefore > 0 ? trace.Events.Count : int.MaxValue;

    /// <summary>How many events came before those that were kept.</summary>
    public long EventsBefore { get; private set; }

    /// <summary>Runs it.</summary>
    /// <returns>What happened.</returns>
    /// <exception cref="ReplayDivergedException">It does not go as it went; the message tells the first step that differs, with both sides.</exception>
    public IReadOnlyList<TraceEvent> Run()
    {
        var log = new EventLog { Noted = Compare, BeforeStep = BeforeStep, Keep = KeepEvents };
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        _differs = end;
        var replay = new Replay(trace.Choices);
        ScheduleResult? result = null;
        try
        {
            result = Schedule.Run(workload.Following(trace.Script), trace.Options, new Choices(replay), seed: 0, log: log, stop: end.Token);
        }
        catch (OperationCanceledException) when (_difference is not null)
        {
            throw new ReplayDivergedException(_difference);
        }
        catch (ReplayDivergedException exception) when (exception == replay.Misfit)
        {
            // Reported below, as where it was thrown in a node, which stops because of it.
        }

        if (replay.Misfit is not null || result is null)
        {
            var step = log.Events.Count > 0 ? log.Events[^1].Step : 0;
            throw new ReplayDivergedException(_difference ?? $"After step {step}: {replay.Misfit!.Message}");
        }

        if (_difference is null && _compared < trace.Events.Count)
        {
            Differ(trace.Events[_compared].Step, trace.Events[_compared].ToString(), "nothing more");
        }

        if (_difference is null && (result.Violation?.Property != trace.Violation.Property || result.Violation.Step != trace.Violation.Step || Trace.Hex(result.Digest) != trace.Digest))
        {
            var then = $"{trace.Violation.Property} at step {trace.Violation.Step}";
            var now = result.Violation is { } violation ? $"{violation.Property} at step {violation.Step}" : "no violation";
            Differ(
                Math.Min(result.Steps, trace.Violation.Step),
                then == now ? $"{then}, digest {trace.Digest}" : then,
                then == now ? $"{now}, digest {Trace.Hex(result.Digest)}" : now);
        }

        EventsBefore = log.Dropped;
        return _difference is null ? log.Events : throw new ReplayDivergedException(_difference);
    }

    // A trace that was never run again has no events: then there is nothing to compare.
    private void Compare(TraceEvent now)
    {
        if (_difference is not null || trace.Events.Count == 0 || _seen++ < trace.EventsBefore)
        {
            return;
        }

        var then = _compared < trace.Events.Count ? trace.Events[_compared++] : null;
        if (then is null || trace.Format.ToLine(then) != trace.Format.ToLine(now))
        {
            var words = now.ToString() == then?.ToString() ? (trace.Format.ToLine(then), trace.Format.ToLine(now)) : (then?.ToString() ?? "nothing more", now.ToString());
            Differ(Math.Min(now.Step, then?.Step ?? now.Step), words.Item1, words.Item2);
        }
    }

    // What comes after the first difference tells nothing more.
    private void Differ(long step, string then, string now)
    {
        _difference = $"At step {step} it goes otherwise than it went; the code is not the one that made the trace.{Environment.NewLine}  then: {then}{Environment.NewLine}  now:  {now}";
        _differs?.Cancel();
    }
}
