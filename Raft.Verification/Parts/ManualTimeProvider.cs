namespace Raft.Verification.Parts;

/// <summary>A clock that a scenario advances. Advancing it fires each timer that is due, at its own time, inside the call.</summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private readonly List<ManualTimer> _armed = [];

    /// <summary>The time in ticks since the clock was created.</summary>
    public long Now { get; private set; }

    /// <summary>The time at which each armed timer fires, in ticks, earliest first.</summary>
    public long[] Due => [.. _armed.Select(timer => timer.Due).Order()];

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => Now;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(Now, TimeSpan.Zero);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Advances the clock.</summary>
    public void Advance(TimeSpan time)
    {
        var end = Now + time.Ticks;
        while (_armed.MinBy(timer => timer.Due) is { } next && next.Due <= end)
        {
            Now = Math.Max(Now, next.Due);
            next.RunOut();
        }

        Now = end;
    }

    /// <summary>Fires the earliest timer now, before its time, as a coarse clock does.</summary>
    public void RunOutEarly() => _armed.MinBy(timer => timer.Due)?.RunOut();

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private bool _disposed;

        public long Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock._armed.Remove(this);
            if (!_disposed && dueTime >= TimeSpan.Zero)
            {
                Due = clock.Now + dueTime.Ticks;
                clock._armed.Add(this);
            }

            return !_disposed;
        }

        public void RunOut()
        {
            clock._armed.Remove(this);
            callback(state);
        }

        public void Dispose()
        {
            clock._armed.Remove(this);
            _disposed = true;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
