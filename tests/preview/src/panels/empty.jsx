// What a panel without data shows.
export function Empty({ panel, width, height }) {
  return (
    <div style={{ width, height, display: 'flex', alignItems: 'center', justifyContent: 'center', textAlign: 'center' }}>
      {panel.fieldConfig.defaults.noValue ?? 'No data'}
    </div>
  );
}
