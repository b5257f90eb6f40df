using Microsoft.Extensions.Logging;

namespace Raft.Impl.Logging;

/// <summary>A logger that never throws. If the inner logger throws, the line is lost, and counted.</summary>
/// <param name="logger">The inner logger.</param>
/// <param name="lost">Counts a lost line.</param>
internal sealed class GuardedLogger(ILogger logger, Action lost) : ILogger
{
    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return logger.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            lost();
            return false;
        }
    }

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            logger.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            lost();
        }
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;
}
