using Microsoft.Extensions.Logging;

namespace Raft.Impl.Node;

/// <summary>A logger that never throws. If the inner logger throws, the line is lost, and counted.</summary>
/// <param name="logger">The inner logger.</param>
/// <param name="counts">Counts the lost lines.</param>
internal sealed class GuardedLogger(ILogger logger, NodeCounts counts) : ILogger
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
            counts.LoggerFailure();
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
            counts.LoggerFailure();
        }
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;
}
